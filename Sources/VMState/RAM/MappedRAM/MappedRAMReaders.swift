/// What the thread of a load and those of its channels share, under the monitor's lock.
private final class MappedRAMReadState: @unchecked Sendable {
  let monitor = ThreadMonitor()
  /// Pieces that nobody has begun, the next one last.
  var waiting: [MappedRAMPiece] = []
  /// Pieces begun and not read.
  var busy = 0
  /// Pieces read so far.
  var done: UInt64 = 0
  /// Pages read since somebody looked.
  var pages = 0
  /// The first error of any channel.
  var error: VMStateError?
  var isEnding = false
  /// Threads that have not ended.
  var running = 0
}

/// Reads pages from their places over several descriptors of the file.
///
/// QEMU: `multifd_file_recv_data`, migration/file.c; `ram_load_multifd_pages`, migration/ram.c.
final class MappedRAMReaders {
  private let shared = MappedRAMReadState()
  private let channels: [any ByteChannel]
  private let cancellation: CancellationFlag
  private let patience: Duration
  private let mostWaiting: Int

  /// Starts a thread for each channel.
  ///
  /// - Throws: `valueOutOfRange`, `unsupported`, `configurationMismatch` for channels that cannot
  ///   do it; `unsupported` when the system gives no thread.
  init(
    _ setup: MultifdChannels, pageSize: TargetPageSize, cancellation: CancellationFlag
  ) throws(VMStateError) {
    try setup.checkPlaces(pageSize)
    channels = setup.channels
    self.cancellation = cancellation
    patience = setup.options.patience
    mostWaiting = 2 * channels.count
    for (index, channel) in channels.enumerated() { try start(channel, index) }
  }

  private func start(_ channel: any ByteChannel, _ index: Int) throws(VMStateError) {
    shared.monitor.locked { shared.running += 1 }
    do throws(VMStateError) {
      try DedicatedThread.run { [shared] in
        shared.serve(channel, name: "multifd channel \(index)")
      }
    } catch {
      shared.monitor.locked { shared.running -= 1 }
      throw error
    }
  }

  /// Hands a piece to the channels; waits while they have enough.
  ///
  /// - Throws: A channel's error, `cancelled`, `channelFailed` if nothing is read for too long.
  func read(_ piece: MappedRAMPiece) throws(VMStateError) {
    try wait { [shared, mostWaiting] in
      guard shared.waiting.count < mostWaiting else { return false }
      shared.waiting.insert(piece, at: 0)
      shared.monitor.tell()
      return true
    }
  }

  /// Waits until all pieces are read.
  ///
  /// - Throws: As `read`.
  func synchronise() throws(VMStateError) {
    try wait { [shared] in shared.waiting.isEmpty && shared.busy == 0 }
  }

  /// Waits until a look succeeds, which has the lock.
  private func wait(_ look: () -> Bool) throws(VMStateError) {
    var (seen, since) = (UInt64.max, ContinuousClock.now)
    try shared.monitor.locked { () throws(VMStateError) in
      while true {
        if let error = shared.error { throw error }
        if look() { return }
        try cancellation.check()
        if seen != shared.done { (seen, since) = (shared.done, .now) }
        guard ContinuousClock.now - since < patience else {
          throw VMStateError(
            .channelFailed, "multifd channels read nothing", expected: "pages of the file",
            found: "nothing for \(patience)")
        }
        shared.monitor.wait(milliseconds: 50)
      }
    }
  }

  /// Pages read since the last call.
  func takeCount() -> Int {
    shared.monitor.locked {
      defer { shared.pages = 0 }
      return shared.pages
    }
  }

  /// Ends all threads: no page is written after it.
  func end() {
    shared.monitor.locked {
      shared.isEnding = true
      shared.monitor.tell()
      if shared.busy > 0 { for channel in channels { channel.shutdown() } }
      while shared.running > 0 { shared.monitor.wait(milliseconds: 1000) }
    }
  }

  deinit { end() }
}

extension MappedRAMReadState {
  /// The life of a channel's thread.
  func serve(_ channel: any ByteChannel, name: String) {
    let bounce = AlignedBuffer(alignment: channel.alignment)
    while let piece = next() {
      do throws(VMStateError) {
        finish(try piece.read(from: channel, by: bounce))
      } catch {
        fail(error.within(name))
      }
    }
    monitor.locked {
      running -= 1
      monitor.tell()
    }
  }

  private func next() -> MappedRAMPiece? {
    monitor.locked {
      while true {
        if isEnding || error != nil { return nil }
        if let piece = waiting.popLast() {
          busy += 1
          return piece
        }
        monitor.wait(milliseconds: 1000)
      }
    }
  }

  private func finish(_ pages: Int) {
    monitor.locked {
      busy -= 1
      done += 1
      self.pages += pages
      monitor.tell()
    }
  }

  private func fail(_ failure: VMStateError) {
    monitor.locked {
      busy -= 1
      error = error ?? failure
      monitor.tell()
    }
  }
}
