/// What the thread of a save and those of its channels share, under the monitor's lock.
final class MultifdSendState: @unchecked Sendable {
  let monitor = ThreadMonitor()
  /// The first error of any channel.
  var error: VMStateError?
  var isEnding = false
  /// Threads that have not ended.
  var running = 0
  /// Counts the packets of all channels.
  var packets: UInt64 = 0
  /// Pages sent since somebody looked.
  var counts = (normal: 0, zero: 0)
  /// What was sent altogether.
  var traffic = MultifdSender.Traffic()
}

/// Holds an encoder for the one thread that uses it.
final class MultifdEncoderBox: @unchecked Sendable {
  var encoder: MultifdEncoder?

  init(_ options: MultifdOptions, pageSize: Int) throws(VMStateError) {
    encoder = try MultifdEncoder(options, pageSize: pageSize)
  }
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
  }

  let channel: any ByteChannel
  // Under the lock; the batch belongs to the thread while the job is `pages`.
  var job = Job.none
  var batch: MultifdBatch

  private let opening: MultifdInit
  private let options: MultifdOptions
  private let box: MultifdEncoderBox
  private let pageSize: TargetPageSize
  private let counters: TransferCounters
  private let shared: MultifdSendState

  init(
    _ channel: any ByteChannel, _ opening: MultifdInit, _ options: MultifdOptions,
    _ box: MultifdEncoderBox, pageSize: TargetPageSize, counters: TransferCounters,
    shared: MultifdSendState
  ) {
    (self.channel, self.opening, self.options, self.box) = (channel, opening, options, box)
    (self.pageSize, self.counters, self.shared) = (pageSize, counters, shared)
    batch = MultifdBatch(capacity: MultifdFormat.pageCount(for: pageSize))
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
    var writer = StreamWriter(channel, counters: counters)
    do throws(VMStateError) {
      try opening.write(to: &writer)
      try writer.flush()
      shared.monitor.locked { shared.traffic.bytes += writer.position }
      while let job = nextJob() { try work(job, &writer) }
    } catch {
      shared.monitor.locked {
        shared.error = shared.error ?? error.within("multifd channel \(opening.channel)")
      }
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
        if job != .none { return job }
        shared.monitor.wait(milliseconds: 1000)
      }
    }
  }

  private func work(_ job: Job, _ writer: inout StreamWriter) throws(VMStateError) {
    let before = writer.position
    var counts = (normal: 0, zero: 0)
    if job == .pages {
      counts = try sendPages(to: &writer)
    } else {
      let number = nextNumber()
      try MultifdPagePacket(synchronisation: number, pageSize: pageSize).write(to: &writer)
    }
    try writer.flush()
    shared.monitor.locked {
      self.job = .none
      shared.counts.normal += counts.normal
      shared.counts.zero += counts.zero
      shared.traffic.bytes += writer.position - before
      shared.traffic.packets += 1
      shared.traffic.normalPages += UInt64(counts.normal)
      shared.monitor.tell()
    }
  }

  private func nextNumber() -> UInt64 {
    shared.monitor.locked {
      defer { shared.packets += 1 }
      return shared.packets
    }
  }

  private func sendPages(
    to writer: inout StreamWriter
  ) throws(VMStateError) -> (normal: Int, zero: Int) {
    let size = pageSize.bytes
    let normal =
      options.zeroPages == .multifd ? batch.sortZeroPages(pageSize: size) : batch.count
    guard let base = batch.base else { return (0, 0) }
    var packed: UnsafeRawBufferPointer?
    if box.encoder != nil, normal > 0 {
      packed = try batch.offsets.withUnsafeBufferPointer { offsets throws(VMStateError) in
        try box.encoder?.encode(UnsafeBufferPointer(rebasing: offsets[..<normal]), of: base)
      }
    }
    var packet = MultifdPagePacket(
      name: batch.name, normal: Array(batch.offsets[..<normal]),
      zero: Array(batch.offsets[normal...]), number: nextNumber(),
      flags: MultifdFlags(options.compression),
      payloadLength: normal == 0 ? 0 : packed?.count ?? normal * size, pageSize: pageSize)
    packet.layout = options.layout
    try packet.write(to: &writer)
    if let packed, let start = packed.baseAddress {
      writer.putSpan(start, count: packed.count)
    } else {
      for offset in batch.offsets[..<normal] { writer.putSpan(base + Int(offset), count: size) }
    }
    return (normal, batch.count - normal)
  }
}
