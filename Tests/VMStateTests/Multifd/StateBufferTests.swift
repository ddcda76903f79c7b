import Synchronization
import TestSupport
import Testing

@testable import VMState

/// States of sections over channels beside the stream.
@Suite struct StateBufferTests {
  private static let mebibyte = 1 << 20

  /// Content whose mebibytes differ.
  private static func content(_ count: Int) -> [UInt8] {
    let template = [UInt8](repeating: 0x55, count: mebibyte)
    return [UInt8](unsafeUninitializedCapacity: count << 20) { bytes, length in
      let raw = UnsafeMutableRawBufferPointer(bytes)
      for piece in 0..<count {
        let part = UnsafeMutableRawBufferPointer(rebasing: raw[piece << 20..<(piece + 1) << 20])
        template.withUnsafeBytes { part.copyMemory(from: $0) }
        part[piece * 977] = UInt8(piece)
      }
      length = count << 20
    }
  }

  private func machine(
    _ pages: Int, _ states: [[UInt8]], protection: RAMBlock.LoadProtection = .protected
  ) throws -> BlobMachine {
    let memory = try RAMFixture([.make("pc.ram", pages: pages, protection: protection)])
    return try BlobMachine(memory, states)
  }

  private var options: MultifdOptions {
    var options = MultifdOptions()
    options.patience = .seconds(20)
    return options
  }

  @Test func statesOf64MiBTravelBesideMemory() async throws {
    let source = try machine(600, [Self.content(40), Self.content(24)])
    for page in 0..<600 where page % 3 != 0 { source.memory.first.fill(page: page, with: 7) }
    let target = try machine(600, [[], []], protection: .disposable)
    let pairs = try (0..<3).map { _ in try SocketChannel.makePair() }
    let (mainOut, mainIn) = try SocketChannel.makePair()
    source.memory.handlers.multifd = MultifdChannels(pairs.map(\.0), options: options)
    target.memory.handlers.multifd = MultifdChannels(pairs.map(\.1), options: options)
    let load = try target.loader().start(from: mainIn)
    let save = try source.saver().start(to: mainOut)
    _ = try await save.result()
    _ = try await load.result()
    #expect(target.memory.content == source.memory.content)
    for (mine, theirs) in zip(target.blobs, source.blobs) {
      let isSame = mine.state == theirs.state
      #expect(isSame)
    }
  }

  /// A good stream: main channel and two others.
  private func recorded() throws -> (main: [UInt8], channels: [[UInt8]]) {
    let source = try machine(8, [Self.content(2)])
    for page in 0..<8 { source.memory.first.fill(page: page, with: 7) }
    let (main, channels) = (MemoryChannel(), [MemoryChannel(), MemoryChannel()])
    source.memory.handlers.multifd = MultifdChannels(channels, options: options)
    try source.saver().save(to: main)
    return (main.bytes, channels.map(\.bytes))
  }

  @Test func piecesArePacketsOfTheirOwn() throws {
    let (_, channels) = try recorded()
    var pieces = 0
    for bytes in channels {
      var reader = StreamReader(MemoryChannel(bytes))
      _ = try MultifdInit(from: &reader, channels: 2)
      while let packet = try MultifdPacket.next(from: &reader) {
        guard case .deviceState(let state) = packet else {
          try reader.skip(UInt64(packet.payloadLength))
          continue
        }
        #expect(state.idstr == "blob0" && state.instance == 0)
        #expect(Int(state.payloadLength) == Self.mebibyte + 4)
        #expect(state.flags == .deviceState)
        try reader.skip(UInt64(packet.payloadLength))
        pieces += 1
      }
    }
    #expect(pieces == 2)
  }

  /// Loads into a machine that has run, and expects that nothing has changed.
  private func refusal(
    _ main: [UInt8], _ channels: [any ByteChannel], patience: Duration = .seconds(20),
    compression: MultifdCompression = .none, isFailing: Bool = false
  ) throws -> VMStateError {
    let target = try machine(8, [[1, 2, 3]])
    target.memory.first.fill(page: 2, with: 9)
    target.blobs[0].receiver.isFailing.store(isFailing, ordering: .relaxed)
    let before = target.memory.content
    var options = options
    (options.patience, options.compression) = (patience, compression)
    target.memory.handlers.multifd = MultifdChannels(channels, options: options)
    let error = #expect(throws: VMStateError.self) {
      try target.loader().load(from: MemoryChannel(main))
    }
    #expect(target.memory.content == before)
    #expect(target.blobs[0].state == [1, 2, 3])
    #expect(target.blobs[0].receiver.pieces.withLock { $0.isEmpty })
    return try #require(error)
  }

  private func packet(_ name: String, instance: UInt32 = 0, flags: UInt32 = 0x40) -> [UInt8] {
    let field = ascii(name) + [UInt8](repeating: 0, count: 256 - name.utf8.count)
    return hex("11223344 00000001 000000") + [UInt8(flags)] + field
      + [0, 0, 0, UInt8(instance), 0, 0, 0, 5] + hex("00000000 AA")
  }

  @Test func refusesPiecesThatCannotBe() throws {
    let (main, channels) = try recorded()
    var endless = packet("blob0")
    endless.replaceSubrange(12..<268, with: [UInt8](repeating: 0x61, count: 256))
    var empty = packet("blob0")
    empty[275] = 0
    var huge = packet("blob0")
    huge[272] = 0x7F
    let cases: [([UInt8], VMStateError.Code)] = [
      (packet("blob9"), .unknownSection), (packet("blob0", instance: 3), .unknownSection),
      (packet("ram"), .unknownSection), (packet("blob0", flags: 0x41), .badPacket),
      (packet("blob0", flags: 0x42), .badPacket), (endless, .badPacket), (empty, .badPacket),
      (huge, .limitExceeded),
    ]
    for (bytes, code) in cases {
      let first = Array(channels[0][..<64]) + bytes + channels[0][64...]
      let error = try refusal(main, [first, channels[1]].map { MemoryChannel($0) })
      #expect(error.code == code, "\(error)")
      #expect(error.pathDescription.contains("multifd channel 0"))
    }
  }

  @Test func refusesPiecesOnCompressedChannelsAndASectionsOwnFailure() throws {
    let (main, channels) = try recorded()
    let first = Array(channels[0][..<64]) + packet("blob0") + channels[0][64...]
    let pair = [first, channels[1]].map { MemoryChannel($0) }
    #expect(try refusal(main, pair, compression: .zlib).code == .unsupported)
    let error = try refusal(
      main, [first, channels[1]].map { MemoryChannel($0) }, isFailing: true)
    #expect(error.code == .hookFailed)
    #expect(error.pathDescription.contains("blob0"))
  }

  @Test func pagesAreNotTakenForPiecesThatNeverCome() throws {
    let source = try machine(8, [Self.content(1)])
    source.blobs[0].isLazy = true
    let (main, channels) = (MemoryChannel(), [MemoryChannel(), MemoryChannel()])
    source.memory.handlers.multifd = MultifdChannels(channels, options: options)
    try source.saver().save(to: main)
    // The channels end, or go silent, before the piece that the section waits for.
    let ended = try refusal(main.bytes, channels.map { MemoryChannel($0.bytes) })
    #expect(ended.code == .endOfStream && ended.path == ["blob0"])
    let (near, far) = try SocketChannel.makePair()
    var writer = StreamWriter(near)
    writer.put(bytes: channels[1].bytes)
    try writer.flush()
    let silent = try refusal(
      main.bytes, [MemoryChannel(channels[0].bytes), far], patience: .milliseconds(200))
    #expect(silent.code == .channelFailed && silent.message.contains("say nothing"))
    withExtendedLifetime(near) {}
  }

  @Test func aFailureOnAnyThreadEndsTheSave() throws {
    let source = try machine(8, [Self.content(4)])
    source.blobs[0].isFailing = true
    source.memory.handlers.multifd = MultifdChannels([MemoryChannel()], options: options)
    let error = #expect(throws: VMStateError.self) {
      try source.saver().save(to: MemoryChannel())
    }
    #expect(error?.code == .hookFailed && error?.pathDescription.contains("blob0") == true)
    source.blobs[0].isFailing = false
    let (near, far) = try SocketChannel.makePair()
    far.shutdown()
    source.memory.handlers.multifd = MultifdChannels([near], options: options)
    #expect(throws: VMStateError.self) { try source.saver().save(to: MemoryChannel()) }
    // The machine saves well after that.
    let channel = MemoryChannel()
    try source.saver().save(to: channel)
    let target = try machine(8, [[]])
    try target.loader().load(from: MemoryChannel(channel.bytes))
    #expect(target.blobs[0].state == source.blobs[0].state)
  }

  @Test func withoutChannelsForItTheStateStaysInTheStream() throws {
    for profile in [StreamProfile.qemu8_2, .qemu10_0] {
      let source = try machine(8, [Self.content(1)])
      if profile == .qemu8_2 {
        source.memory.handlers.multifd = MultifdChannels([MemoryChannel()])
      }
      let channel = MemoryChannel()
      try source.saver(profile).save(to: channel)
      #expect(channel.bytes.count > Self.mebibyte)
    }
  }

  @Test func refusesPiecesOfImpossibleLengths() throws {
    let sender = StateBufferSender([0x61], 0, NoSink())
    for count in [0, StateBufferSender.maximumLength + 1] {
      let error = #expect(throws: VMStateError.self) {
        try [UInt8](repeating: 0, count: count).withUnsafeBytes { try sender.send($0) }
      }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}

private final class NoSink: StateBufferSink {
  func send(_ bytes: [UInt8], name: [UInt8], instance: UInt32) throws(VMStateError) {
    Issue.record("sent \(bytes.count) bytes")
  }
  func finish() throws(VMStateError) {}
  func stop(_ error: VMStateError) {}
}

/// A section whose state goes over channels in numbered mebibytes, where there are channels.
private final class BlobHandlers: SaveVMHandlers {
  var state: [UInt8]
  /// Announces a piece that it does not send.
  var isLazy = false
  /// Fails after the first piece.
  var isFailing = false
  let receiver = BlobReceiver()

  init(_ state: [UInt8]) { self.state = state }

  private var count: Int { state.count >> 20 }

  func stateBufferWriter(
    _ context: SaveContext
  ) -> (@Sendable (StateBufferSender) throws -> Void)? {
    let (state, count, isFailing) = (state, isLazy ? 0 : count, isFailing)
    return { sender in
      for piece in 0..<count {
        let number = [0, 0, 0, UInt8(piece)]
        try (number + state[piece << 20..<(piece + 1) << 20]).withUnsafeBytes {
          try sender.send($0)
        }
        if isFailing { throw VMStateError(.hookFailed, "the device is gone") }
      }
    }
  }

  func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws {
    writer.put(UInt32(context.sendsStateBuffers ? count : 0))
    writer.put(UInt32(context.sendsStateBuffers ? 0 : state.count))
    if !context.sendsStateBuffers { writer.put(bytes: state) }
  }

  var stateBufferReceiver: (any StateBufferReceiver)? { receiver }

  private var whole: [UInt8]?

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {
    guard kind == .end else { return }
    receiver.wanted.store(Int(try reader.get(UInt32.self)), ordering: .relaxed)
    let length = Int(try reader.get(UInt32.self))
    if length > 0 { whole = try reader.getBytes(length, limit: 1 << 27) }
  }

  func commitLoad() {
    state =
      whole
      ?? receiver.pieces.withLock { pieces in
        pieces.sorted { $0.key < $1.key }.reduce(into: []) { $0 += $1.value.dropFirst(4) }
      }
  }

  func abortLoad() { receiver.pieces.withLock { $0 = [:] } }
}

private final class BlobReceiver: StateBufferReceiver {
  let pieces = Guarded<[UInt32: [UInt8]]>([:])
  let wanted = Atomic<Int>(-1)
  let isFailing = Atomic<Bool>(false)

  func loadStateBuffer(_ bytes: UnsafeRawBufferPointer) throws {
    if isFailing.load(ordering: .relaxed) {
      throw VMStateError(.hookFailed, "the device does not take it")
    }
    let number = bytes.loadUnaligned(as: UInt32.self).bigEndian
    let piece = Array(bytes)
    pieces.withLock { $0[number] = piece }
  }

  var hasAllStateBuffers: Bool {
    pieces.withLock { $0.count } == wanted.load(ordering: .relaxed)
  }
}

/// A machine of memory and such sections.
private struct BlobMachine {
  let memory: RAMFixture
  let blobs: [BlobHandlers]
  private let registry = SaveStateRegistry()

  init(_ memory: RAMFixture, _ states: [[UInt8]]) throws {
    self.memory = memory
    blobs = states.map { BlobHandlers($0) }
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: memory.handlers)
    for (index, blob) in blobs.enumerated() {
      try registry.registerLive("blob\(index)", version: 1, handlers: blob)
    }
  }

  func saver(_ profile: StreamProfile = .qemu10_0) -> StateSaver {
    StateSaver(registry: registry, machine: TestMachine(), options: .none(profile))
  }

  func loader() -> StateLoader {
    StateLoader(registry: registry, machine: TestMachine(), options: .none())
  }
}
