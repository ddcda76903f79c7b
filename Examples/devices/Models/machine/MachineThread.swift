#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization
import VMState

/// A thread that does one thing again and again until it is told to stop.
final class MachineThread: Sendable {
  private let turns: Turns
  private let thread: pthread_t

  /// Starts the thread; `turn` is called up to a thousand times a second.
  ///
  /// - Throws: `unsupported` when the system gives no thread.
  init(_ turn: @escaping @Sendable () -> Void) throws(VMStateError) {
    let turns = Turns(turn)
    guard let thread = startThread(turns) else {
      throw VMStateError(.unsupported, "the system gave no thread")
    }
    self.turns = turns
    self.thread = thread
  }

  /// Waits for the end of the present turn, after which there is no other. Once only.
  func stop() {
    turns.isStopping.store(true, ordering: .relaxed)
    pthread_join(thread, nil)
  }
}

/// What the thread does.
private final class Turns: Sendable {
  let turn: @Sendable () -> Void
  let isStopping = Atomic<Bool>(false)

  init(_ turn: @escaping @Sendable () -> Void) { self.turn = turn }

  func run() {
    while !isStopping.load(ordering: .relaxed) {
      turn()
      usleep(1000)
    }
  }
}

// Functions of the file: a closure would carry its surroundings' isolation to the new thread.

private func startThread(_ turns: Turns) -> pthread_t? {
  let argument = Unmanaged.passRetained(turns)
  #if canImport(Glibc)
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, { runThread($0!) }, argument.toOpaque())
    if result == 0 { return thread }
  #else
    var thread: pthread_t?
    let result = pthread_create(&thread, nil, { runThread($0) }, argument.toOpaque())
    if result == 0 { return thread }
  #endif
  argument.release()
  return nil
}

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  Unmanaged<Turns>.fromOpaque(argument).takeRetainedValue().run()
  return nil
}
