#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread that runs a closure.
public final class TestThread: Sendable {
  private let thread: pthread_t

  public init(_ body: @escaping @Sendable () -> Void) {
    thread = startThread(ThreadBody(body))
  }

  public func join() { pthread_join(thread, nil) }

  /// Interrupts whatever the thread waits for.
  public func signal(_ number: Int32) { pthread_kill(thread, number) }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ body: ThreadBody) -> pthread_t {
  let argument = Unmanaged.passRetained(body).toOpaque()
  #if canImport(Glibc)
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, { runThread($0!) }, argument)
    precondition(result == 0, "no thread")
    return thread
  #else
    var thread: pthread_t?
    let result = pthread_create(&thread, nil, { runThread($0) }, argument)
    precondition(result == 0, "no thread")
    return thread!
  #endif
}

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
  return nil
}

/// Gives another thread time to reach the call that it will wait in.
public func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
