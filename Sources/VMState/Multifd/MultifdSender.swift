/// The saving side of multifd, as the thread of the save sees it: pages are collected into
/// batches of one block, and each batch goes to a channel that is idle.
///
/// QEMU: `multifd_queue_page`, `multifd_send`, `multifd_ram_flush_and_sync`,
/// migration/multifd.c.
final class MultifdSender: @unchecked Sendable {
  /// When the channels meet.
  let synchronisation: MultifdOptions.Synchronisation
  /// Pages of zeros are to be found by the save's own thread, and go over the main channel.
  let findsZeroPages: Bool
  private let shared: MultifdSendState
  private let threads: [MultifdSendThread]
  private let cancellation: CancellationFlag
  let pageSize: TargetPageSize
  // The batch that is filled; the idle channel gets its array, and this one that of the channel.
  private var batch: MultifdBatch
  private let capacity: Int
  // Under the lock.
  private var next = 0

  /// Opens the channels of a stream: each gets its initial packet from its own thread.
  ///
  /// - Parameters:
  ///   - counters: Shared with the main channel.
  /// - Throws: `valueOutOfRange` for a number of channels that cannot be, what the encoder
  ///   throws, `unsupported` when the system gives no thread.
  convenience init(
    _ setup: MultifdChannels, pageSize: TargetPageSize, counters: TransferCounters,
    cancellation: CancellationFlag
  ) throws(VMStateError) {
    try setup.checkCount()
    let shared = MultifdSendState()
    var writers: [any MultifdBatchWriter] = []
    for (id, channel) in setup.channels.enumerated() {
      writers.append(
        try MultifdPacketWriter(
          channel, MultifdInit(channel: UInt8(id), uuid: setup.uuid), setup.options,
          pageSize: pageSize, counters: counters, shared: shared))
    }
    try self.init(
      writers, setup.options, pageSize: pageSize,
      batch: MultifdFormat.pageCount(for: pageSize), cancellation: cancellation, shared: shared)
  }

  /// Starts a thread for each writer.
  ///
  /// - Parameter capacity: Pages that a channel is handed in one go.
  /// - Throws: `unsupported` when the system gives no thread.
  init(
    _ writers: [any MultifdBatchWriter], _ options: MultifdOptions, pageSize: TargetPageSize,
    batch capacity: Int, cancellation: CancellationFlag,
    shared: MultifdSendState = MultifdSendState()
  ) throws(VMStateError) {
    synchronisation = options.synchronisation
    findsZeroPages = options.zeroPages == .legacy
    self.cancellation = cancellation
    self.pageSize = pageSize
    self.shared = shared
    self.capacity = capacity
    batch = MultifdBatch(capacity: capacity)
    threads = writers.enumerated().map { index, writer in
      MultifdSendThread(writer, index: index, capacity: capacity, shared: shared)
    }
    for thread in threads { try thread.start() }
  }

  /// Adds pages that follow each other to the batch; a full one is sent.
  ///
  /// - Throws: `cancelled`, a channel's error.
  func queue(_ block: MultifdBlock, page: Int, count: Int) throws(VMStateError) {
    if batch.count > 0, batch.base != UnsafeRawPointer(block.base) { try sendBatch() }
    if batch.count == 0 { batch.begin(block) }
    for index in page..<page + count {
      batch.append(UInt64(index) << UInt64(pageSize.bits))
      guard batch.count == capacity else { continue }
      try sendBatch()
      batch.begin(block)
    }
  }

  private func sendBatch() throws(VMStateError) {
    guard batch.count > 0 else { return }
    try wait { [self] () -> Bool? in
      guard let thread = idleThread() else { return nil }
      swap(&batch, &thread.batch)
      thread.job = .pages
      return true
    }
    batch.removeAll()
  }

  /// The next channel in turn that has nothing to do; with the lock.
  private func idleThread() -> MultifdSendThread? {
    for step in 0..<threads.count {
      let index = (next + step) % threads.count
      guard threads[index].job.isNone else { continue }
      next = (index + 1) % threads.count
      return threads[index]
    }
    return nil
  }

  /// Waits, with the lock, until there is an answer.
  @discardableResult
  private func wait<Answer>(_ look: () -> Answer?) throws(VMStateError) -> Answer {
    try shared.monitor.locked { () throws(VMStateError) in
      while true {
        if let error = shared.error { throw error }
        if let answer = look() {
          shared.monitor.tell()
          return answer
        }
        try cancellation.check()
        shared.monitor.wait(milliseconds: 50)
      }
    }
  }

  /// Sends what is collected, lets each channel write a point of synchronisation, and waits
  /// until all have.
  ///
  /// - Throws: `cancelled`, a channel's error.
  func synchronise() throws(VMStateError) {
    try sendBatch()
    for thread in threads {
      try wait { [shared] () -> Bool? in
        guard thread.job.isNone else { return nil }
        thread.job = .synchronise
        shared.synchronising += 1
        return true
      }
    }
    // Not until all are idle: states of devices may travel at the same time.
    try wait { [shared] () -> Bool? in shared.synchronising == 0 ? true : nil }
  }

  /// Pages with content and pages of zeros that the channels have sent since the last call.
  func takeCounts() -> MultifdSent {
    shared.monitor.locked {
      defer { shared.counts = MultifdSent() }
      return shared.counts
    }
  }

  /// What the channels have sent altogether.
  struct Traffic {
    /// Initial packets, headers and pages, as they went.
    var bytes: UInt64 = 0
    /// Packets, but the initial ones.
    var packets: UInt64 = 0
    /// Pages with content.
    var normalPages: UInt64 = 0
  }

  /// What the channels have sent so far.
  var traffic: Traffic { shared.monitor.locked { shared.traffic } }

  /// Ends the threads. Channels are shut down first if something is still under way.
  func end() {
    shared.monitor.locked {
      shared.isEnding = true
      shared.monitor.tell()
      for thread in threads where !thread.job.isNone { thread.channel.shutdown() }
      while shared.running > 0 { shared.monitor.wait(milliseconds: 1000) }
    }
  }

  deinit { end() }
}

extension MultifdSender: StateBufferSink {
  /// Hands a piece of a device's state to the next channel that is idle; from any thread.
  func send(_ bytes: [UInt8], name: [UInt8], instance: UInt32) throws(VMStateError) {
    let state = MultifdDeviceState(name: name, instance: instance, bytes: bytes)
    try wait { [self] () -> Bool? in
      guard !shared.isEnding, let thread = idleThread() else { return nil }
      thread.job = .deviceState(state)
      return true
    }
  }

  func finish() throws(VMStateError) {
    try wait { [threads] () -> Bool? in threads.allSatisfy { $0.job.isNone } ? true : nil }
  }

  func stop(_ error: VMStateError) {
    shared.monitor.locked {
      shared.error = shared.error ?? error
      shared.monitor.tell()
    }
  }
}
