import TestSupport
import Testing

@testable import VMState

/// A machine saved to one file with fixed places.
struct MappedSave {
  let source: RAMFixture
  let channel = MemoryChannel()

  init(_ blocks: [RAMBlock]) throws {
    source = try RAMFixture(blocks, capabilities: ["mapped-ram"])
  }

  /// Setup, what `between` does, and the rest.
  func save(_ between: (RAMFixture, inout StreamWriter) throws -> Void = { _, _ in }) throws {
    var writer = StreamWriter(channel, counters: source.context.counters)
    defer { source.handlers.saveCleanup() }
    try source.handlers.saveSetup(to: &writer, source.context)
    try between(source, &writer)
    try source.handlers.saveComplete(to: &writer, source.context)
  }

  var bytes: [UInt8] { channel.bytes }

  /// Loads a file of two sections, and commits.
  static func load(_ bytes: [UInt8], into target: RAMFixture) throws(VMStateError) {
    try load(MemoryChannel(bytes), into: target)
  }

  static func load(_ channel: some ByteChannel, into target: RAMFixture) throws(VMStateError) {
    let context = target.loadContext()
    defer { target.handlers.loadCleanup() }
    try target.handlers.loadSetup(context)
    var reader = StreamReader(channel)
    for kind in [SectionKind.start, .end] {
      try target.handlers.loadState(from: &reader, version: 4, kind: kind, context)
    }
    target.handlers.commitLoad()
  }

  static func target(
    _ pages: Int, _ protection: RAMBlock.LoadProtection = .protected
  ) throws -> RAMFixture {
    try RAMFixture(
      [.make("a", pages: pages, protection: protection)], capabilities: ["mapped-ram"])
  }
}

@Suite struct MappedRAMSaveTests {
  @Test func givesEveryPageAPlaceAndWritesNoRecords() throws {
    let save = try MappedSave([.make("a", pages: 3), .make("b", pages: 1)])
    save.source.first.fill(page: 1, with: 5)
    save.source.list.blocks[1].fill(page: 0, with: 6)
    try save.save()
    let bytes = save.bytes
    // Total; "a", 3 pages; version, page size, bitmap, pages.
    let first = hex(
      "0000000000004004 01 61 0000000000003000 00000001 0000000000001000 000000000000002e"
        + "0000000000100000")
    #expect(Array(bytes[..<0x2e]) == first)
    #expect(Array(bytes[0x2e..<0x36]) == hex("02 00000000000000"))
    #expect(bytes[0x36..<0x101000].allSatisfy { $0 == 0 })
    #expect(Array(bytes[0x101000..<0x102000]) == pageBytes(5))
    #expect(bytes[0x102000..<0x103000].allSatisfy { $0 == 0 })
    let second = hex(
      "01 62 0000000000001000 00000001 0000000000001000 0000000000103026 0000000000200000"
        + "01 00000000000000")
    #expect(Array(bytes[0x103000..<0x10302e]) == second)
    // The ends of both sections stand behind the last page.
    #expect(
      Array(bytes[0x200000...]) == pageBytes(6) + hex("0000000000000010 0000000000000010"))
    let values = save.source.handlers.progress.current
    #expect(values.normalPages == 2 && values.zeroPages == 2 && values.recordBytes == 2 * 4096 + 16)
  }

  @Test func writesAPageAgainInItsPlaceAndForgetsOneThatBecameZero() throws {
    let save = try MappedSave([.make("a", pages: 70)])
    save.source.first.fill(page: 0, with: 1)
    save.source.first.fill(page: 65, with: 2)
    try save.save { source, writer in
      _ = try source.handlers.saveIterate(to: &writer, source.context)
      source.first.fill(page: 0, with: 3)
      source.first.fill(page: 65, with: 0)
      source.first.fill(page: 66, with: 4)
    }
    let pages = 0x100000
    #expect(Array(save.bytes[pages..<pages + 4096]) == pageBytes(3))
    #expect(Array(save.bytes[0x2e..<0x3e]) == hex("0100000000000000 0400000000000000"))
    let target = try MappedSave.target(70)
    var reader = StreamReader(MemoryChannel(save.bytes))
    let context = target.loadContext()
    try target.handlers.loadSetup(context)
    for _ in 0..<3 {
      try target.handlers.loadState(from: &reader, version: 4, kind: .part, context)
    }
    target.handlers.commitLoad()
    #expect(target.content == save.source.content)
  }

  @Test func refusesAChannelWithoutPositions() throws {
    let save = try MappedSave([.make("a", pages: 1)])
    let pipe = try PipeChannel.makePair()
    var writer = StreamWriter(pipe.writer)
    let error = #expect(throws: VMStateError.self) {
      try save.source.handlers.saveSetup(to: &writer, save.source.context)
    }
    #expect(error?.code == .unsupported)
  }

  @Test func refusesABlockThatHasNoPlace() throws {
    let save = try MappedSave([.make("a", pages: 1)])
    let error = #expect(throws: VMStateError.self) {
      try save.save { source, _ in try source.list.add(.make("b", pages: 1)) }
    }
    #expect(error?.code == .unsupported)
  }

  @Test func refusesCapabilitiesThatExcludeIt() throws {
    for other in ["xbzrle", "compress", "postcopy-ram", "x-ignore-shared"] {
      let source = try RAMFixture([.make("a", pages: 1)], capabilities: ["mapped-ram", other])
      let error = #expect(throws: VMStateError.self) {
        try source.handlers.savePrepare(source.context)
      }
      #expect(error?.code == .configurationMismatch)
    }
    let old = try RAMFixture(
      [.make("a", pages: 1)], capabilities: ["mapped-ram"], profile: .qemu7_2)
    let error = #expect(throws: VMStateError.self) { try old.handlers.savePrepare(old.context) }
    #expect(error?.code == .unsupported)
  }
}
