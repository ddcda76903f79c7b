import TestSupport
import Testing

@testable import VMState

/// Pages over channels beside the main one.
@Suite struct MultifdTransferTests {
  struct Way: CustomTestStringConvertible, Sendable {
    var compression = MultifdCompression.none
    var zeroPages = MultifdOptions.ZeroPageDetection.multifd
    var synchronisation = MultifdOptions.Synchronisation.perRound
    var channels = 2

    var testDescription: String {
      "\(compression.name), zero pages \(zeroPages), \(synchronisation), \(channels) channels"
    }

    var options: MultifdOptions {
      var options = MultifdOptions()
      options.compression = compression
      options.zeroPages = zeroPages
      options.synchronisation = synchronisation
      options.patience = .seconds(20)
      return options
    }
  }

  static let ways: [Way] = [
    Way(), Way(channels: 1), Way(channels: 8),
    Way(zeroPages: .legacy, synchronisation: .perSection), Way(zeroPages: .legacy),
    Way(zeroPages: .none), Way(synchronisation: .perSection), Way(compression: .zlib),
    Way(compression: .zstd, channels: 8),
    Way(compression: .zlib, zeroPages: .legacy, synchronisation: .perSection),
  ]

  /// Pages of noise, of one byte, and of zeros, in two blocks.
  private func filled(_ protection: RAMBlock.LoadProtection) throws -> RAMFixture {
    let memory = try RAMFixture([
      .make("pc.ram", pages: 700, protection: protection),
      .make("pc.bios", pages: 16, protection: protection),
    ])
    var random = SeededGenerator(seed: 20_261_121)
    for page in 0..<700 where page % 3 != 0 {
      memory.first.fill(page: page, with: UInt8.random(in: 1...255, using: &random))
      for index in 0..<(page % 5 == 0 ? 512 : 0) {
        memory.first.put(
          UInt8.random(in: 0...255, using: &random), at: UInt64(page * 4096 + index * 8))
      }
    }
    memory.list.blocks[1].fill(page: 15, with: 0xF0)
    return memory
  }

  private func empty(_ protection: RAMBlock.LoadProtection) throws -> RAMFixture {
    try RAMFixture([
      .make("pc.ram", pages: 700, protection: protection),
      .make("pc.bios", pages: 16, protection: protection),
    ])
  }

  /// Saves with two rounds, so that pages travel twice.
  private func save(_ source: RAMFixture, _ way: Way) throws -> (main: [[UInt8]], [MemoryChannel]) {
    let channels = (0..<way.channels).map { _ in MemoryChannel() }
    source.handlers.multifd = MultifdChannels(channels, options: way.options)
    defer { source.handlers.saveCleanup() }
    var sections = [try source.setup(), try source.iterate().bytes]
    for page in 100..<140 { source.first.fill(page: page, with: UInt8(page)) }
    source.first.fill(page: 200, with: 0)
    sections.append(try source.iterateAfterSync())
    for page in 120..<130 { source.first.fill(page: page, with: 0xEE) }
    sections.append(try source.complete())
    return (sections, channels)
  }

  private func load(
    _ target: RAMFixture, _ main: [[UInt8]], _ channels: [any ByteChannel], _ way: Way
  ) throws(VMStateError) {
    target.handlers.multifd = MultifdChannels(channels, options: way.options)
    try target.load(main)
  }

  @Test(arguments: ways, [RAMBlock.LoadProtection.disposable, .protected])
  func memoryArrivesWhole(way: Way, protection: RAMBlock.LoadProtection) throws {
    let source = try filled(.protected)
    let (main, channels) = try save(source, way)
    let target = try empty(protection)
    target.first.fill(page: 3, with: 9)
    try load(target, main, channels.map { MemoryChannel($0.bytes) }.reversed(), way)
    #expect(target.content == source.content)
    // No page went over the main channel, but zero pages where the main thread finds them.
    let bytes = main.reduce(0) { $0 + $1.count }
    #expect(bytes < (way.zeroPages == .legacy ? 3000 : 200))
    let counts = target.handlers.loadProgress.current
    #expect(counts.normalPages + counts.zeroPages == 716 + 41 + 10)
    #expect((counts.zeroPages == 0) == (way.zeroPages == .none))
    let sent = source.handlers.progress.current
    #expect(sent.normalPages == counts.normalPages && sent.zeroPages == counts.zeroPages)
  }

  @Test(arguments: ways)
  func travelsThroughSocketsWhileBothSidesRun(way: Way) async throws {
    let pairs = try (0..<way.channels).map { _ in try SocketChannel.makePair() }
    let (mainOut, mainIn) = try SocketChannel.makePair()
    let source = try MultifdMachine(try filled(.protected))
    let target = try MultifdMachine(try empty(.disposable))
    source.memory.handlers.multifd = MultifdChannels(pairs.map(\.0), options: way.options)
    target.memory.handlers.multifd = MultifdChannels(pairs.map(\.1), options: way.options)
    let load = try target.loader.start(from: mainIn)
    let save = try source.saver.start(to: mainOut)
    _ = try await save.result()
    _ = try await load.result()
    #expect(target.memory.content == source.memory.content)
  }

  @Test func aChannelThatEndsEarlyUndoesTheLoad() throws {
    let way = Way()
    let (main, channels) = try save(try filled(.protected), way)
    for cut in [0, 10, 64, 70, 64 + 1344, 64 + 1344 + 5000, channels[1].bytes.count - 700] {
      let target = try filled(.protected)
      let before = target.content
      let pieces = [channels[0].bytes, Array(channels[1].bytes.prefix(cut))]
      let error = #expect(throws: VMStateError.self) {
        try load(target, main, pieces.map { MemoryChannel($0) }, way)
      }
      #expect(error?.code == .endOfStream, "\(cut): \(String(describing: error))")
      #expect(error?.pathDescription.contains("multifd channel 1") == true)
      #expect(target.content == before)
      let fresh = try empty(.disposable)
      #expect(throws: VMStateError.self) {
        try load(fresh, main, pieces.map { MemoryChannel($0) }, way)
      }
      #expect(fresh.content.allSatisfy { $0.allSatisfy { $0 == 0 } })
    }
  }

  @Test func refusesChannelsThatRepeatTheirIds() throws {
    let way = Way()
    let (main, channels) = try save(try filled(.protected), way)
    let target = try empty(.disposable)
    let error = #expect(throws: VMStateError.self) {
      try load(target, main, [channels[0], channels[0]].map { MemoryChannel($0.bytes) }, way)
    }
    #expect(error?.code == .badPacket)
  }

  @Test func refusesAnotherCompressionThanAgreed() throws {
    let (main, channels) = try save(try filled(.protected), Way(compression: .zlib))
    let error = #expect(throws: VMStateError.self) {
      try load(
        try empty(.disposable), main, channels.map { MemoryChannel($0.bytes) },
        Way(compression: .zstd))
    }
    #expect(error?.code == .badPacket)
  }

  @Test func refusesAStreamWhoseChannelsAreMissing() throws {
    let (main, _) = try save(try filled(.protected), Way())
    let error = #expect(throws: VMStateError.self) { try empty(.disposable).load(main) }
    #expect(error?.code == .badRAMRecord)
    #expect(error?.message.contains("multifd channels") == true)
  }

  @Test func givesUpOnChannelsThatSayNothing() throws {
    let way = Way()
    let (main, channels) = try save(try filled(.protected), way)
    let (near, far) = try SocketChannel.makePair()
    let target = try empty(.disposable)
    var options = way.options
    options.patience = .milliseconds(200)
    target.handlers.multifd = MultifdChannels(
      [MemoryChannel(channels[0].bytes), far], options: options)
    let error = #expect(throws: VMStateError.self) { try target.load(main) }
    #expect(error?.code == .channelFailed)
    #expect(error?.message.contains("say nothing") == true)
    withExtendedLifetime(near) {}
  }

  /// Pages, or packets with nothing, without end: the load ends all the same.
  @Test func givesUpOnChannelsThatNeverMeet() throws {
    let way = Way()
    let (main, channels) = try save(try filled(.protected), way)
    for isEmpty in [false, true] {
      let packet = MultifdPagePacket(
        name: ascii("pc.ram"), normal: [],
        zero: isEmpty ? [] : (0..<128).map { UInt64($0) << 12 }, number: 1,
        flags: MultifdFlags(.none), payloadLength: 0, pageSize: .standard)
      let pieces = MemoryChannel()
      var writer = StreamWriter(pieces)
      try packet.write(to: &writer)
      try writer.flush()
      let target = try filled(.protected)
      let before = target.content
      let endless = RepeatingChannel(Array(channels[1].bytes[..<64]), pieces.bytes)
      let error = #expect(throws: VMStateError.self) {
        try load(target, main, [MemoryChannel(channels[0].bytes), endless], way)
      }
      #expect(error?.code == .badPacket && error?.message.contains("never meet") == true)
      #expect(target.content == before)
    }
  }

  @Test func survivesDamagedChannels() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for way in [Way(), Way(compression: .zlib), Way(compression: .zstd)] {
      let (main, channels) = try save(try filled(.protected), way)
      for _ in 0..<60 {
        var bytes = channels.map(\.bytes)
        let which = Int.random(in: 0..<2, using: &random)
        let place = Int.random(in: 0..<bytes[which].count, using: &random)
        bytes[which][place] ^= UInt8.random(in: 1...255, using: &random)
        let target = try filled(.protected)
        let before = target.content
        var quick = way.options
        quick.patience = .milliseconds(300)
        target.handlers.multifd = MultifdChannels(
          bytes.map { MemoryChannel($0) }, options: quick)
        do throws(VMStateError) {
          try target.load(main)
        } catch {
          #expect(target.content == before, "\(error)")
        }
      }
    }
  }

  @Test func aSaveWhoseChannelFailsSaysSo() throws {
    let source = try filled(.protected)
    let (near, far) = try SocketChannel.makePair()
    far.shutdown()
    source.handlers.multifd = MultifdChannels([MemoryChannel(), near])
    let error = #expect(throws: VMStateError.self) { _ = try source.saveAll() }
    #expect(error?.code == .channelFailed)
    #expect(error?.pathDescription.contains("multifd channel 1") == true)
  }

  @Test func aSaveThatNobodyTakesCanBeCancelled() throws {
    let source = try filled(.protected)
    let (near, far) = try SocketChannel.makePair()
    source.handlers.multifd = MultifdChannels([near])
    source.context.cancellation.cancel()
    let error = #expect(throws: VMStateError.self) { _ = try source.saveAll() }
    #expect(error?.code == .cancelled)
    withExtendedLifetime(far) {}
  }
}

/// A machine of memory alone.
private struct MultifdMachine {
  let memory: RAMFixture
  let saver: StateSaver
  let loader: StateLoader

  init(_ memory: RAMFixture) throws {
    self.memory = memory
    let registry = SaveStateRegistry()
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: memory.handlers)
    let control = TestMachine()
    saver = StateSaver(registry: registry, machine: control, options: .none())
    loader = StateLoader(registry: registry, machine: control, options: .none())
  }
}

/// A beginning, then the same bytes again and again.
private final class RepeatingChannel: ByteChannel, @unchecked Sendable {
  private var waiting: ArraySlice<UInt8>
  private let again: [UInt8]

  init(_ first: [UInt8], _ again: [UInt8]) { (waiting, self.again) = (first[...], again) }

  // One thread reads.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    if waiting.isEmpty { waiting = again[...] }
    let count = min(buffer.count, waiting.count)
    buffer.copyBytes(from: waiting.prefix(count))
    waiting = waiting.dropFirst(count)
    return count
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}
