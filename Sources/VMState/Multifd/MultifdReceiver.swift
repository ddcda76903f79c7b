/// The loading side of multifd, as the thread of the load sees it.
///
/// QEMU: `multifd_recv_setup`, `multifd_recv_sync_main`, migration/multifd.c.
final class MultifdReceiver {
  private let shared: MultifdReceiveState
  private let threads: [MultifdReceiveThread]
  private let cancellation: CancellationFlag
  private let patience: Duration
  private let states: StateBufferRouter?

  /// Starts a thread for each channel; pages wait until the blocks are known.
  ///
  /// - Throws: `valueOutOfRange` for a number of channels that cannot be, `unsupported` for a
  ///   compression that cannot be read, or when the system gives no thread.
  init(
    _ setup: MultifdChannels, pageSize: TargetPageSize, cancellation: CancellationFlag,
    states: StateBufferRouter? = nil
  ) throws(VMStateError) {
    try setup.checkCount()
    self.cancellation = cancellation
    self.states = states
    patience = setup.options.patience
    shared = MultifdReceiveState(channels: setup.channels.count)
    var threads: [MultifdReceiveThread] = []
    for (index, channel) in setup.channels.enumerated() {
      threads.append(
        try MultifdReceiveThread(
          channel, index: index, setup: setup, pageSize: pageSize, shared: shared,
          states: states))
    }
    self.threads = threads
    for thread in threads { try thread.start() }
  }

  /// Makes the blocks known; pages are taken from now on.
  func open(_ blocks: [MultifdBlock]) {
    shared.monitor.locked {
      shared.blocks = blocks
      shared.monitor.tell()
    }
  }

  /// Notes the main channel, which is shut down when another one fails, since nothing more
  /// would come on it.
  func note(main channel: (any ByteChannel)?) {
    shared.monitor.locked {
      shared.main = channel
      shared.stream = channel ?? shared.stream
    }
  }

  /// The first error of any channel.
  var error: VMStateError? { shared.monitor.locked { shared.error } }

  /// The error with which the state of a section failed on a channel.
  var stateError: VMStateError? {
    shared.monitor.locked { shared.isStateFailure ? shared.error : nil }
  }

  /// Waits for one point of synchronisation from each channel, then lets all go on.
  ///
  /// - Throws: A channel's error; `endOfStream` if one has ended; `channelFailed` if nothing
  ///   comes for too long; `cancelled`.
  func synchronise() throws(VMStateError) {
    var (seen, since) = (UInt64.max, ContinuousClock.now)
    try shared.monitor.locked { () throws(VMStateError) in
      while !threads.allSatisfy(\.hasArrived) {
        if let error = shared.error { throw error }
        if let ended = threads.first(where: { $0.hasEnded && !$0.hasArrived }) {
          throw VMStateError(
            .endOfStream, "a multifd channel ended before its point of synchronisation",
            path: [ended.name])
        }
        try cancellation.check()
        if seen != shared.packets { (seen, since) = (shared.packets, .now) }
        guard ContinuousClock.now - since < patience else { throw silence }
        shared.monitor.wait(milliseconds: 50)
      }
      if let error = shared.error { throw error }
      for thread in threads { thread.hasArrived = false }
      shared.sinceMeeting = (0, 0)
      shared.monitor.tell()
    }
  }

  /// Waits until every section has all pieces of its state that come over the channels.
  ///
  /// - Throws: A channel's or a section's error; `endOfStream` if all channels have ended before;
  ///   `channelFailed` if nothing comes for too long; `cancelled`.
  func waitForStates() throws(VMStateError) {
    guard let states else { return }
    var (seen, since) = (UInt64.max, ContinuousClock.now)
    try shared.monitor.locked { () throws(VMStateError) in
      while true {
        if let error = shared.error { throw error }
        let hasEnded = shared.running == 0
        let missing = states.incomplete
        if missing.isEmpty { return }
        guard !hasEnded else {
          throw VMStateError(
            .endOfStream, "the multifd channels ended before the whole state of a section",
            path: missing)
        }
        try cancellation.check()
        if seen != shared.packets { (seen, since) = (shared.packets, .now) }
        guard ContinuousClock.now - since < patience else {
          throw VMStateError(
            .channelFailed, "multifd channels say nothing", path: missing,
            expected: "the rest of the section's state", found: "nothing for \(patience)")
        }
        shared.monitor.wait(milliseconds: 50)
      }
    }
  }

  private var silence: VMStateError {
    let late = threads.filter { !$0.hasArrived }.map(\.name)
    return VMStateError(
      .channelFailed, "multifd channels say nothing", path: late,
      expected: "a point of synchronisation from each channel", found: "nothing for \(patience)")
  }

  /// Pages with content and pages of zeros that have come since the last call.
  func takeCounts() -> (normal: Int, zero: Int) {
    shared.monitor.locked {
      defer { shared.counts = (0, 0) }
      return shared.counts
    }
  }

  /// Ends all threads: no page is written after it.
  func end() {
    shared.monitor.locked {
      shared.isEnding = true
      shared.main = nil
      shared.stream = nil
      shared.monitor.tell()
    }
    for thread in threads { thread.channel.shutdown() }
    shared.monitor.locked {
      while shared.running > 0 { shared.monitor.wait(milliseconds: 1000) }
    }
  }

  deinit { end() }
}
