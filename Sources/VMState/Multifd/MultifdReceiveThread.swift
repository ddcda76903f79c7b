/// What the thread of a load and those of its channels share, under the monitor's lock.
final class MultifdReceiveState: @unchecked Sendable {
  let monitor = ThreadMonitor()
  /// Where pages go; nil until the block list has come.
  var blocks: [MultifdBlock]?
  /// The first error of any channel.
  var error: VMStateError?
  var isEnding = false
  /// Threads that have not ended.
  var running = 0
  /// Counts the packets of all channels.
  var packets: UInt64 = 0
  /// Pages taken since somebody looked.
  var counts = (normal: 0, zero: 0)
  /// Pages, and packets with nothing, since the channels last met.
  var sinceMeeting = (pages: 0, empty: 0)
  /// Ids that channels have.
  var ids: Set<UInt8> = []
  let channels: Int
  /// The main channel while pages are expected.
  var main: (any ByteChannel)?
  /// The main channel.
  var stream: (any ByteChannel)?
  /// The error is that of a section's state.
  var isStateFailure = false

  init(channels: Int) { self.channels = channels }
}

extension MultifdReceiveState {
  /// Counts what came since the channels last met. A page travels once at most between two such
  /// points, and a packet with nothing is rare.
  ///
  /// - Returns: False for more than that by far: the load would never end.
  func note(_ pages: Int, _ pageSize: TargetPageSize) -> Bool {
    sinceMeeting.pages += pages
    if pages == 0 { sinceMeeting.empty += 1 }
    let memory = blocks?.reduce(0) { $0 + pageSize.pages(in: $1.usedLength) } ?? 0
    return sinceMeeting.pages <= 2 * memory + 4096 && sinceMeeting.empty <= 16 * (channels + 1)
  }
}

/// One channel of a load, and its thread.
///
/// QEMU: `multifd_recv_thread`, migration/multifd.c.
final class MultifdReceiveThread: @unchecked Sendable {
  let channel: any ByteChannel
  let name: String
  // Under the lock.
  var hasArrived = false
  private(set) var hasEnded = false

  private let setup: MultifdChannels
  private let pageSize: TargetPageSize
  private let shared: MultifdReceiveState
  private let states: StateBufferRouter?
  // The thread's own.
  private var decoder: MultifdDecoder?
  private var isTakingState = false
  private let residency = PageResidency()

  /// - Throws: `unsupported` for a compression that cannot be read.
  init(
    _ channel: any ByteChannel, index: Int, setup: MultifdChannels, pageSize: TargetPageSize,
    shared: MultifdReceiveState, states: StateBufferRouter?
  ) throws(VMStateError) {
    self.states = states
    (self.channel, self.setup, self.pageSize, self.shared) = (channel, setup, pageSize, shared)
    name = "multifd channel \(index)"
    decoder = try MultifdDecoder(setup.options.compression)
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
    var reader = StreamReader(channel)
    var failure: VMStateError?
    do throws(VMStateError) {
      try takeInit(&reader)
      while let packet = try MultifdPacket.next(
        from: &reader, pageSize: pageSize, maximumPayload: StateBufferSender.maximumLength)
      {
        guard try take(packet, from: &reader) else { break }
      }
    } catch {
      failure = error.within(name)
    }
    shared.monitor.locked {
      if !shared.isEnding, shared.error == nil, let failure {
        shared.error = failure
        shared.isStateFailure = isTakingState
        (isTakingState ? shared.stream : shared.main)?.shutdown()
      }
      hasEnded = true
      shared.running -= 1
      shared.monitor.tell()
    }
  }

  private func takeInit(_ reader: inout StreamReader) throws(VMStateError) {
    let start = try MultifdInit(from: &reader, channels: shared.channels)
    guard start.uuid == setup.uuid else {
      throw VMStateError(
        .configurationMismatch, "the multifd channel is another machine's", offset: 8,
        expected: "\(setup.uuid.map(hexadecimal))", found: "\(start.uuid.map(hexadecimal))")
    }
    let isNew = shared.monitor.locked { shared.ids.insert(start.channel).inserted }
    guard isNew else {
      throw VMStateError(
        .badPacket, "two multifd channels have the same id", offset: 24, found: "\(start.channel)")
    }
  }

  /// Takes a packet, its payload included; false when the load has ended.
  private func take(
    _ next: MultifdPacket, from reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    let packet: MultifdPagePacket
    switch next {
    case .deviceState(let state): return try takeState(state, from: &reader)
    case .pages(let pages): packet = pages
    }
    if packet.normalPages | packet.zeroPages != 0 {
      guard try takePages(packet, from: &reader) else { return false }
    }
    let isWithinReason = shared.monitor.locked {
      shared.packets += 1
      shared.counts.normal += Int(packet.normalPages)
      shared.counts.zero += Int(packet.zeroPages)
      return shared.note(Int(packet.normalPages + packet.zeroPages), pageSize)
    }
    guard isWithinReason else {
      throw VMStateError(
        .badPacket, "the multifd channels never meet", offset: reader.position,
        expected: "a point of synchronisation before all memory has come again and again")
    }
    return packet.isSynchronisation ? meet() : true
  }

  /// Takes a piece of a device's state and hands it to its section.
  private func takeState(
    _ packet: MultifdDeviceStatePacket, from reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    isTakingState = true
    let start = reader.position - UInt64(MultifdDeviceStatePacket.headerLength)
    guard let states, decoder == nil else {
      throw VMStateError(
        .unsupported,
        decoder == nil
          ? "a multifd packet with a device's state, which no section here takes"
          : "a multifd packet with a device's state on a compressed channel",
        path: [packet.idstr], offset: start)
    }
    let bytes = try reader.getBytes(
      Int(packet.payloadLength), limit: StateBufferSender.maximumLength)
    do throws(VMStateError) {
      try bytes.visit { raw throws(VMStateError) in
        try states.deliver(raw, name: packet.name, instance: packet.instance)
      }
    } catch {
      throw error.at(start)
    }
    isTakingState = false
    return shared.monitor.locked {
      shared.packets += 1
      shared.monitor.tell()
      return !shared.isEnding && shared.error == nil
    }
  }

  /// Waits until all channels have come to the same point; false when the load has ended.
  private func meet() -> Bool {
    shared.monitor.locked {
      hasArrived = true
      shared.monitor.tell()
      while hasArrived, !shared.isEnding, shared.error == nil {
        shared.monitor.wait(milliseconds: 1000)
      }
      return !shared.isEnding && shared.error == nil
    }
  }

  private func knownBlocks() -> [MultifdBlock]? {
    shared.monitor.locked {
      while shared.blocks == nil, !shared.isEnding, shared.error == nil {
        shared.monitor.wait(milliseconds: 1000)
      }
      return shared.isEnding || shared.error != nil ? nil : shared.blocks
    }
  }

  private func takePages(
    _ packet: MultifdPagePacket, from reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    guard let blocks = knownBlocks() else { return false }
    let start = reader.position - UInt64(MultifdFormat.headerLength(for: pageSize))
    guard packet.flags.method == setup.options.compression else {
      throw VMStateError(
        .badPacket, "a multifd packet of another compression", offset: start + 8,
        expected: setup.options.compression.name,
        found: packet.flags.method?.name ?? "\(packet.flags.rawValue)")
    }
    let name = packet.blockName
    guard let block = blocks.first(where: { $0.name == name }), block.isOpen else {
      throw VMStateError(
        .unknownRAMBlock, "pages for a RAM block that takes no part in the load",
        path: [packet.idstr], offset: start + 64)
    }
    try packet.checkOffsets(blockLength: block.usedLength, pageSize: pageSize, at: start)
    residency?.forget()
    for offset in packet.zeroOffsets { takeZero(block, offset) }
    try takeNormal(packet, block, from: &reader)
    return true
  }

  /// A page of zeros: one that nothing came for is mostly zero already.
  private func takeZero(_ block: MultifdBlock, _ offset: UInt64) {
    let page = pageSize.pages(in: offset)
    let wasReceived = block.markZero(page)
    guard !block.isStaged else { return }
    let start = block.base + Int(offset)
    let size = pageSize.bytes
    if !wasReceived, let residency, block.isMapped,
      residency.untouchedBytes(from: start, count: size) >= size
    {
      return
    }
    ZeroPage.clear(start, count: size)
    residency?.noteWrite(start, count: size)
  }

  private func takeNormal(
    _ packet: MultifdPagePacket, _ block: MultifdBlock, from reader: inout StreamReader
  ) throws(VMStateError) {
    let offsets = packet.normalOffsets
    guard let first = offsets.first else { return }
    for offset in offsets { block.markStored(pageSize.pages(in: offset)) }
    let size = pageSize.bytes
    guard decoder == nil else {
      try decoder?.take(packet.payloadLength, from: &reader)
      for offset in offsets {
        try decoder?.decode(
          into: UnsafeMutableRawBufferPointer(start: block.base + Int(offset), count: size))
      }
      try decoder?.finish()
      return
    }
    // Pages that follow each other are read in one go.
    var (run, count) = (first, size)
    for offset in offsets.dropFirst() {
      if offset == run + UInt64(count) {
        count += size
      } else {
        try reader.read(into: block.base + Int(run), count: count)
        (run, count) = (offset, size)
      }
    }
    try reader.read(into: block.base + Int(run), count: count)
  }
}
