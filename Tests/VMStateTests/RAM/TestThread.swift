import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the system: a guest's writer must run beside the save, not in its pool.
final class TestThread: Sendable {
  private let handle: Mutex<pthread_t?>
  private let work: Work

  init(_ body: @escaping @Sendable () -> Void) throws {
    work = Work(body)
    handle = Mutex(nil)
    let argument = Unmanaged.passRetained(work).toOpaque()
    #if canImport(Glibc)
      var thread = pthread_t()
      let result = pthread_create(&thread, nil, runTestThread, argument)
      handle.withLock { [thread] in $0 = thread }
    #else
      var thread: pthread_t?
      let result = pthread_create(&thread, nil, { runTestThread($0) }, argument)
      nonisolated(unsafe) let started = thread
      handle.withLock { $0 = started }
    #endif
    try #require(result == 0)
  }

  var isFinished: Bool { work.isFinished.load(ordering: .acquiring) }

  func join() {
    guard let thread = handle.withLock({ $0.take() }) else { return }
    pthread_join(thread, nil)
  }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void
  let isFinished = Atomic<Bool>(false)
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runTestThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
  work.body()
  work.isFinished.store(true, ordering: .releasing)
  return nil
}
