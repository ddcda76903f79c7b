#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a new thread is to run; handed over to it as one retained reference.
private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

// The entry is a function of the file, since a closure made in a main-actor context would
// carry that isolation to the new thread and trap there.
#if canImport(Darwin)
  private func enterThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#else
  private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#endif

/// Threads for transfers: they block in system calls, which tasks must not.
enum DedicatedThread {
  /// Enough for deeply nested state, on every platform.
  private static let stackSize = 8 << 20

  /// Runs `body` on a new thread that nobody waits for.
  ///
  /// - Throws: `unsupported` when the system gives no thread.
  static func run(_ body: @escaping @Sendable () -> Void) throws(VMStateError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let argument = Unmanaged.passRetained(ThreadBody(body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let result = pthread_create(&thread, &attributes, enterThread, argument.toOpaque())
    guard result == 0 else {
      argument.release()
      throw VMStateError(.unsupported, "the system gave no thread", found: "error \(result)")
    }
  }
}
