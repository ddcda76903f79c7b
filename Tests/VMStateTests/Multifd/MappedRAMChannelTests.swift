import TestSupport
import Testing

@testable import VMState

/// Files with fixed places, their pages moved by several threads.
@Suite struct MappedRAMChannelTests {
  struct Way: CustomTestStringConvertible, Sendable {
    var channels = 2
    var zeroPages = MultifdOptions.ZeroPageDetection.multifd
    var isDirect = false

    var testDescription: String {
      "\(channels) channels, zero pages \(zeroPages)" + (isDirect ? ", direct" : "")
    }

    var options: MultifdOptions {
      var options = MultifdOptions()
      options.zeroPages = zeroPages
      options.patience = .seconds(20)
      return options
    }
  }

  static let ways = [
    Way(), Way(channels: 1), Way(zeroPages: .legacy), Way(zeroPages: .none),
    Way(isDirect: true), Way(channels: 8, zeroPages: .legacy, isDirect: true),
  ]

  /// The file without channels.
  private static let plain: [UInt8] = {
    let folder = TemporaryFolder()
    do {
      let file = try AtomicFileChannel(savingTo: folder("state"))
      try save(try filled(1), to: file, nil)
      try file.close()
    } catch { Issue.record(error) }
    return folder.content("state") ?? []
  }()

  private static func filled(_ seed: UInt64) throws -> RAMFixture {
    let memory = try RAMFixture(
      [.make("pc.ram", pages: 300), .make("pc.bios", pages: 16)], capabilities: ["mapped-ram"])
    var random = SeededGenerator(seed: seed)
    for page in 0..<300 where page % 5 != 0 && !(200..<260).contains(page) {
      memory.first.fill(page: page, with: UInt8.random(in: 1...255, using: &random))
    }
    memory.list.blocks[1].fill(page: 15, with: 0xF0)
    return memory
  }

  private func target(_ protection: RAMBlock.LoadProtection) throws -> RAMFixture {
    let memory = try RAMFixture(
      [
        .make("pc.ram", pages: 300, protection: protection),
        .make("pc.bios", pages: 16, protection: protection),
      ], capabilities: ["mapped-ram"])
    memory.first.fill(page: 0, with: 9)
    memory.first.fill(page: 1, with: 9)
    return memory
  }

  /// Saves in two rounds between which pages change, are zeroed, and appear.
  private static func save(
    _ source: RAMFixture, to channel: some ByteChannel, _ channels: MultifdChannels?
  ) throws {
    source.handlers.multifd = channels
    defer { source.handlers.saveCleanup() }
    var writer = StreamWriter(channel, counters: source.context.counters)
    try source.handlers.saveSetup(to: &writer, source.context)
    _ = try source.handlers.saveIterate(to: &writer, source.context)
    for page in 100..<140 { source.first.fill(page: page, with: UInt8(page)) }
    for page in [181, 182, 64] { source.first.fill(page: page, with: 0) }
    source.first.fill(page: 250, with: 7)
    _ = source.handlers.pendingExact(source.context)
    _ = try source.handlers.saveIterate(to: &writer, source.context)
    for page in 120..<130 { source.first.fill(page: page, with: 0xEE) }
    try source.handlers.saveComplete(to: &writer, source.context)
  }

  private func load(
    _ channel: some ByteChannel, into target: RAMFixture, _ channels: MultifdChannels?
  ) throws(VMStateError) {
    target.handlers.multifd = channels
    let context = target.loadContext()
    defer { target.handlers.loadCleanup() }
    try target.handlers.loadSetup(context)
    var reader = StreamReader(channel)
    do throws(VMStateError) {
      for kind in [SectionKind.start, .part, .part, .end] {
        try target.handlers.loadState(from: &reader, version: 4, kind: kind, context)
      }
    } catch {
      target.handlers.abortLoad()
      throw error
    }
    target.handlers.commitLoad()
  }

  /// Pages that became zero keep whatever was written last, which may be what they became.
  private func withoutStalePages(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for page in [64, 181, 182] {
      bytes.replaceSubrange(
        0x100000 + page << 12..<0x100000 + (page + 1) << 12, with: pageBytes(0))
    }
    return bytes
  }

  @Test(arguments: ways) func theFileIsTheSameWithAndWithoutChannels(way: Way) throws {
    let folder = TemporaryFolder()
    let source = try Self.filled(1)
    let file = try AtomicFileChannel(savingTo: folder("state"))
    try Self.save(
      source, to: file,
      MultifdChannels(
        pagesOf: file, count: way.channels, isDirect: way.isDirect, options: way.options))
    try file.close()
    let bytes = try #require(folder.content("state"))
    // Every page counts as one with content if nobody looks.
    #expect(bytes.count == Self.plain.count)
    let isSame = withoutStalePages(bytes) == withoutStalePages(Self.plain)
    #expect(isSame || way.zeroPages == .none)
    for isOverChannels in [false, true] {
      for protection in [RAMBlock.LoadProtection.protected, .disposable]
      where isOverChannels || protection == .protected {
        let target = try target(protection)
        let reading = try FileChannel(reading: folder("state"))
        try load(
          reading, into: target,
          isOverChannels
            ? MultifdChannels(
              pagesOf: reading, count: way.channels, isDirect: way.isDirect,
              options: way.options) : nil)
        #expect(target.content == source.content)
        let values = target.handlers.loadProgress.current
        #expect(values.normalPages == (way.zeroPages == .none ? 316 : 199))
      }
    }
    let sent = source.handlers.progress.current
    let ends = UInt64(4 * 8)
    // The pages went past the main channel.
    #expect(sent.recordBytes == ends)
    #expect(sent.multifdBytes == sent.normalPages * 4096)
    #expect(sent.normalPages + sent.zeroPages == 316 + 44 + 10)
  }

  @Test func pagesOfZerosTakeNoRoomInTheFileNorInMemory() throws {
    let folder = TemporaryFolder()
    let source = try RAMFixture([.make("a", pages: 4096)], capabilities: ["mapped-ram"])
    source.first.fill(page: 4000, with: 3)
    let file = try AtomicFileChannel(savingTo: folder("state"))
    source.handlers.multifd = try MultifdChannels(pagesOf: file)
    var writer = StreamWriter(file)
    try source.handlers.saveSetup(to: &writer, source.context)
    try source.handlers.saveComplete(to: &writer, source.context)
    source.handlers.saveCleanup()
    try file.close()
    let reading = try FileChannel(reading: folder("state"))
    #expect(try reading.dataPosition(from: 4096) == 0x100000 + 4000 * 4096)
    let target = try RAMFixture(
      [.make("a", pages: 4096, protection: .disposable)], capabilities: ["mapped-ram"])
    target.handlers.multifd = try MultifdChannels(pagesOf: reading)
    try MappedSave.load(reading, into: target)
    let base = target.first.memory.base
    if let residency = PageResidency() {
      #expect(residency.untouchedBytes(from: base, count: 4000 * 4096) == 4000 * 4096)
    }
    #expect(target.first.byte(at: 4000 * 4096) == 3)
  }

  @Test func memoryAtAnOddAddressGoesThroughACopy() throws {
    let folder = TemporaryFolder()
    let room = try GuestMemory(mapping: 64 * 4096 + 4096)
    let place = GuestMemory(at: room.base + 64, length: 64 * 4096, release: { _ = room })
    let block = try RAMBlock("a", memory: place, usedLength: 64 * 4096, protection: .disposable)
    let source = try RAMFixture([block], capabilities: ["mapped-ram"])
    for page in 0..<60 { block.fill(page: page, with: UInt8(page)) }
    let content = source.content
    let file = try AtomicFileChannel(savingTo: folder("state"))
    source.handlers.multifd = try MultifdChannels(pagesOf: file, isDirect: true)
    var writer = StreamWriter(file)
    try source.handlers.saveSetup(to: &writer, source.context)
    try source.handlers.saveComplete(to: &writer, source.context)
    source.handlers.saveCleanup()
    try file.close()
    for page in 0..<64 { block.fill(page: page, with: 0xAA) }
    let reading = try FileChannel(reading: folder("state"))
    source.handlers.multifd = try MultifdChannels(pagesOf: reading, isDirect: true)
    try MappedSave.load(reading, into: source)
    #expect(source.content == content)
  }

  @Test func readsAnyPageOfAnyBlockOfAFile() throws {
    let source = try Self.filled(5)
    let machine = try MappedMachine(source)
    let folder = TemporaryFolder()
    let channel = try AtomicFileChannel(savingTo: folder("state"))
    source.handlers.multifd = try MultifdChannels(pagesOf: channel)
    try machine.saver.save(to: channel)
    let file = try MappedRAMFile(reading: folder("state"))
    #expect(file.blocks.map { String(decoding: $0.name, as: UTF8.self) } == ["pc.ram", "pc.bios"])
    for page in [299, 0, 1, 64, 250, 259] {
      let bytes = Array(source.first.content[page << 12..<(page + 1) << 12])
      #expect(try file.page(page, of: "pc.ram") == bytes)
      #expect(try file.holds(page, of: 0) == bytes.contains { $0 != 0 })
    }
    #expect(try file.page(15, of: "pc.bios") == pageBytes(0xF0))
    for (page, block, code) in [
      (300, "pc.ram", VMStateError.Code.ramOffset), (-1, "pc.ram", .ramOffset),
      (0, "rom", .unknownRAMBlock),
    ] {
      let error = #expect(throws: VMStateError.self) { try file.page(page, of: block) }
      #expect(error?.code == code)
    }
    let cut = MemoryChannel(Array(try #require(folder.content("state"))[..<0x180000]))
    let error = #expect(throws: VMStateError.self) { try MappedRAMFile(cut) }
    #expect(error?.code == .endOfStream)
    let other = try MappedMachine(try RAMFixture([.make("a", pages: 1)]))
    let stream = MemoryChannel()
    try other.saver.save(to: stream)
    #expect(throws: VMStateError.self) { try MappedRAMFile(stream) }
  }

  @Test func refusesChannelsThatCannotDoIt() throws {
    let (near, far) = try SocketChannel.makePair()
    defer { withExtendedLifetime(far) {} }
    var packed = MultifdOptions()
    packed.compression = .zlib
    let cases: [(MultifdChannels, VMStateError.Code)] = [
      (MultifdChannels([near]), .unsupported), (MultifdChannels([]), .valueOutOfRange),
      (MultifdChannels([MemoryChannel()], options: packed), .configurationMismatch),
      (MultifdChannels([AlignedChannel(8192)]), .unsupported),
    ]
    for (channels, code) in cases {
      let source = try Self.filled(1)
      let saved = #expect(throws: VMStateError.self) {
        try Self.save(source, to: MemoryChannel(), channels)
      }
      #expect(saved?.code == code)
      let target = try target(.protected)
      let loaded = #expect(throws: VMStateError.self) {
        try load(MemoryChannel(), into: target, channels)
      }
      #expect(loaded?.code == code)
    }
  }

  @Test func aFailedLoadLeavesTheMemoryAsItWas() throws {
    let bytes = Self.plain
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      for fault in [0, 1, 2] {
        let target = try target(protection)
        let before = target.content
        // The file of the channels ends early, fails, or goes silent.
        let other: any ByteChannel =
          switch fault {
          case 0: MemoryChannel(Array(bytes[..<0x120000]))
          case 1: AlignedChannel(1)
          default: SilentFile()
          }
        var options = Way().options
        if fault == 2 { options.patience = .milliseconds(100) }
        let error = #expect(throws: VMStateError.self) {
          try load(
            MemoryChannel(bytes), into: target,
            MultifdChannels([other], options: options))
        }
        #expect(error?.code == [.endOfStream, .channelFailed, .channelFailed][fault])
        #expect(fault == 2 || error?.pathDescription.contains("multifd channel 0") == true)
        if protection == .protected {
          #expect(target.content == before)
        } else {
          #expect(target.content == [pageBytes(0, 300 << 12), pageBytes(0, 16 << 12)])
        }
      }
    }
  }

  @Test func aSaveWhoseChannelFailsCannotBeCommitted() throws {
    let folder = TemporaryFolder()
    folder.write([1, 2, 3], to: "state")
    let source = try Self.filled(1)
    let error = #expect(throws: VMStateError.self) {
      try Self.save(
        source, to: MemoryChannel(), MultifdChannels([MemoryChannel(), AlignedChannel(1)]))
    }
    #expect(error?.code == .channelFailed)
    #expect(error?.pathDescription.contains("multifd channel 1") == true)
    let file = try AtomicFileChannel(savingTo: folder("state"))
    let page = try file.pageChannel()
    page.shutdown()
    #expect(throws: VMStateError.self) {
      try [UInt8](repeating: 1, count: 8).withUnsafeBytes { try page.writeFully($0, at: 0) }
    }
    #expect(throws: VMStateError.self) { try file.close() }
    #expect(folder.content("state") == [1, 2, 3])
  }

  @Test func opensOnlyTheSameRegularFileOnceMore() throws {
    let folder = TemporaryFolder()
    folder.write([1], to: "state")
    let reading = try FileChannel(reading: folder("state"))
    #expect(try reading.pageChannel().size == 1)
    let other = try AtomicFileChannel(savingTo: folder("state"))
    try other.close()
    let error = #expect(throws: VMStateError.self) { try reading.pageChannel() }
    #expect(error?.code == .channelFailed)
    let null = #expect(throws: VMStateError.self) {
      try AtomicFileChannel(savingTo: "/dev/null").pageChannel()
    }
    #expect(null?.code == .unsupported)
  }

  /// The kernel decides: what it does not do is said, and nothing else happens.
  @Test func directTransfersWorkOrAreRefusedInWords() throws {
    for parent in ["/tmp", "/dev/shm", "/proc/self/task"] {
      let path = parent + "/vmstate-direct-\(UInt64.random(in: 0 ... .max))"
      guard let file = try? AtomicFileChannel(savingTo: path) else { continue }
      defer { file.abort() }
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
      defer { buffer.deallocate() }
      buffer.initializeMemory(as: UInt8.self, repeating: 5)
      do throws(VMStateError) {
        let page = try file.pageChannel(isDirect: true)
        #expect(page.isDirect && page.alignment >= 4096)
        try page.writeFully(UnsafeRawBufferPointer(buffer), at: 8192)
        #expect(file.size == 12288)
      } catch {
        #expect(error.code == .unsupported)
        #expect(error.message.contains("direct I/O"))
      }
    }
  }

  @Test func survivesDamagedFiles() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let save = try MappedSave([.make("a", pages: 70)])
    for page in [1, 3, 4, 66] { save.source.first.fill(page: page, with: 5) }
    try save.save()
    for round in 0..<50 {
      var bytes = save.bytes
      // The list, the header, the bitmap; sometimes the end.
      let place =
        round % 10 == 0
        ? Int.random(in: 0x146000..<bytes.count, using: &random)
        : Int.random(in: 0..<0x40, using: &random)
      bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      let target = try MappedSave.target(70)
      target.first.fill(page: 3, with: 1)
      let before = target.content
      var options = MultifdOptions()
      options.patience = .seconds(20)
      target.handlers.multifd = MultifdChannels(
        [MemoryChannel(bytes), MemoryChannel(bytes)], options: options)
      do throws(VMStateError) {
        try MappedSave.load(bytes, into: target)
      } catch {
        #expect(target.content == before, "\(error)")
      }
    }
  }
}
