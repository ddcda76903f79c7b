#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps the signal of a broken pipe away from the program.
///
/// A write to a pipe without a reader raises `SIGPIPE` in the writing thread, which ends the
/// program unless it asked otherwise. A library must not change the program's signal
/// handling, so the signal is blocked in this thread for the time of the write, and taken
/// away if the write raised it. Portable; sockets have a flag for this.
enum BrokenPipeSignal {
  /// Runs a write that returns a negated error number on failure.
  static func kept(from call: () -> Int) -> Int {
    var pipeOnly = sigset_t()
    var previous = sigset_t()
    sigemptyset(&pipeOnly)
    sigaddset(&pipeOnly, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipeOnly, &previous)
    // Only a thread that blocks the signal itself can have one waiting from before.
    let wasBlocked = sigismember(&previous, SIGPIPE) == 1
    let wasPending = wasBlocked && isPending
    let result = call()
    if result == -Int(EPIPE), !wasPending, isPending {
      var taken: Int32 = 0
      sigwait(&pipeOnly, &taken)
    }
    if !wasBlocked { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    return result
  }

  private static var isPending: Bool {
    var pending = sigset_t()
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1
  }
}
