/// Threads that send states over channels while the END sections are written.
///
/// QEMU: `multifd_spawn_device_state_save_thread`, `multifd_join_device_state_save_threads`,
/// migration/multifd-device-state.c.
final class StateBufferThreads: @unchecked Sendable {
  private let monitor = ThreadMonitor()
  private let sink: any StateBufferSink
  // Under the lock.
  private var running = 0
  private var failure: VMStateError?

  init(_ sink: any StateBufferSink) { self.sink = sink }

  /// Runs what a section wants to send on a thread of its own.
  ///
  /// - Throws: `unsupported` when the system gives no thread.
  func start(
    _ entry: SaveStateEntry, _ body: @escaping @Sendable (StateBufferSender) throws -> Void
  ) throws(VMStateError) {
    let sender = StateBufferSender(Array(entry.idstr.utf8), entry.instanceID, sink)
    let idstr = entry.idstr
    monitor.locked { running += 1 }
    do throws(VMStateError) {
      try DedicatedThread.run { self.run(idstr, sender, body) }
    } catch {
      monitor.locked { running -= 1 }
      throw error.within(idstr)
    }
  }

  private func run(
    _ idstr: String, _ sender: StateBufferSender, _ body: (StateBufferSender) throws -> Void
  ) {
    var failed: VMStateError?
    do {
      try body(sender)
    } catch {
      failed = VMStateError.fromHook(error, "state-buffers").within(idstr)
    }
    monitor.locked {
      failure = failure ?? failed
      running -= 1
      monitor.tell()
    }
  }

  /// Waits for all threads, and until the channels have written what they sent.
  ///
  /// - Throws: The first error of any.
  func finish() throws(VMStateError) {
    try join()
    try sink.finish()
  }

  private func join() throws(VMStateError) {
    try monitor.locked { () throws(VMStateError) in
      while running > 0 { monitor.wait(milliseconds: 1000) }
      if let failure { throw failure }
    }
  }

  /// Makes all sending fail, and waits for all threads.
  func stop(_ error: VMStateError) {
    sink.stop(error)
    try? join()
  }
}
