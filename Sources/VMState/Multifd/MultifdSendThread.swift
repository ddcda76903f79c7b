/// What the thread of a save and those of its channels share, under the monitor's lock.
final class MultifdSendState: @unchecked Sendable {
  let monitor = ThreadMonitor()
  /// The first error of any channel.
  var error: VMStateError?
  var isEnding = false
  /// Channels with a point of synchronisation to write.
  var synchronising = 0
  /// Threads that have not ended.
  var running = 0
  /// Counts the packets of all channels.
  var packets: UInt64 = 0
  /// Sent since somebody looked.
  var counts = MultifdSent()
  /// What was sent altogether.
  var traffic = MultifdSender.Traffic()

  /// The number of the next packet.
  func nextNumber() -> UInt64 {
    monitor.locked {
      defer { packets += 1 }
      return packets
    }
  }
}

/// What one job of a channel has sent.
struct MultifdSent: Sendable {
  var normal = 0
  var zero = 0
  var bytes: UInt64 = 0
}

/// How the thread of a channel sends what it is handed. It belongs to that thread.
protocol MultifdBatchWriter: AnyObject {
  var channel: any ByteChannel { get }
  /// Begins, on the channel's thread.
  func open() throws(VMStateError) -> MultifdSent
  /// Sends pages; the order of the batch may change.
  func send(_ batch: inout MultifdBatch) throws(VMStateError) -> MultifdSent
  /// Marks a point of synchronisation.
  func synchronise() throws(VMStateError) -> MultifdSent
  /// Sends a piece of a device's state.
  func send(_ state: MultifdDeviceState) throws(VMStateError) -> MultifdSent
}

/// One channel of a save, and its thread.
///
/// QEMU: `multifd_send_thread`, migration/multifd.c.
final class MultifdSendThread: @unchecked Sendable {
  /// What the thread is to do; changed under the lock.
  enum Job {
    case none
    case pages
    case synchronise
    case deviceState(MultifdDeviceState)

    var isNone: Bool {
      if case .none = self { return true }
      return false
    }
  }

  let channel: any ByteChannel
  // Under the lock; the batch belongs to the thread while the job is `pages`.
  var job = Job.none
  var batch: MultifdBatch

  private let name: String
  private let output: any MultifdBatchWriter
  private let shared: MultifdSendState

  init(
    _ output: any MultifdBatchWriter, index: Int, capacity: Int, shared: MultifdSendState
  ) {
    (self.output, self.shared) = (output, shared)
    channel = output.channel
    name = "multifd channel \(index)"
    batch = MultifdBatch(capacity: capacity)
  }

  /// - Throws: `unsupported` when the system gives no thread.
  func start() throws(VMStateError) {
    shared.monitor.locked { shared.running += 1 }
    do throws(VMStateError) {
      try DedicatedThread.run { self.run() }
    } catch {
      shared.monitor.locked { shared.running -= 1 }
      throw error
    }
  }

  private func run() {
    do throws(VMStateError) {
      let opening = try output.open()
      shared.monitor.locked { shared.traffic.bytes += opening.bytes }
      while let job = nextJob() { finish(try work(job)) }
    } catch {
      shared.monitor.locked { shared.error = shared.error ?? error.within(name) }
    }
    shared.monitor.locked {
      shared.running -= 1
      shared.monitor.tell()
    }
  }

  /// Waits for something to do; nil at the end.
  private func nextJob() -> Job? {
    shared.monitor.locked {
      while true {
        if shared.isEnding || shared.error != nil { return nil }
        if !job.isNone { return job }
        shared.monitor.wait(milliseconds: 1000)
      }
    }
  }

  private func work(_ job: Job) throws(VMStateError) -> MultifdSent {
    switch job {
    case .none: MultifdSent()
    case .pages: try output.send(&batch)
    case .synchronise: try output.synchronise()
    case .deviceState(let state): try output.send(state)
    }
  }

  private func finish(_ sent: MultifdSent) {
    shared.monitor.locked {
      if case .synchronise = job { shared.synchronising -= 1 }
      job = .none
      shared.counts.normal += sent.normal
      shared.counts.zero += sent.zero
      shared.traffic.bytes += sent.bytes
      shared.traffic.packets += 1
      shared.traffic.normalPages += UInt64(sent.normal)
      shared.monitor.tell()
    }
  }
}
