import TestSupport
import Testing

@testable import VMState

@Suite struct GuestMemoryTests {
  @Test func mapsZeroedMemoryAndGivesItBack() throws {
    let memory = try GuestMemory(mapping: 8192)
    #expect(ZeroPage.isZero(memory.base, count: 8192))
    #expect(throws: VMStateError.self) { try GuestMemory(mapping: 0) }
    let error = #expect(throws: VMStateError.self) { try GuestMemory(mapping: 1 << 60) }
    #expect(error?.code == .limitExceeded)
  }

  @Test func refusesRangesOutside() throws {
    let memory = try GuestMemory(mapping: 4096)
    var bytes: [UInt8] = [1, 2, 3, 4]
    try bytes.withUnsafeBytes { try memory.store($0, at: 4092) }
    try bytes.withUnsafeMutableBytes { try memory.read(at: 4092, into: $0) }
    #expect(bytes == [1, 2, 3, 4])
    for offset in [4093, UInt64.max, UInt64.max - 2] {
      let error = #expect(throws: VMStateError.self) {
        try bytes.withUnsafeMutableBytes { try memory.read(at: offset, into: $0) }
      }
      #expect(error?.code == .ramOffset)
    }
  }

  @Test func clearsBothItsOwnAndForeignMemory() throws {
    let own = try GuestMemory(mapping: 8192)
    own.base.storeBytes(of: 7, toByteOffset: 5000, as: UInt8.self)
    own.clear(8192)
    #expect(ZeroPage.isZero(own.base, count: 8192))

    nonisolated(unsafe) let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: 12288, alignment: 4096)
    bytes.initializeMemory(as: UInt8.self, repeating: 9, count: 12288)
    do {
      let foreign = GuestMemory(at: bytes, length: 12288) { bytes.deallocate() }
      foreign.clear(8192)
      #expect(ZeroPage.isZero(bytes, count: 8192))
      #expect(bytes.load(fromByteOffset: 8192, as: UInt8.self) == 9)
    }
  }

  @Test func releasesForeignMemoryOnce() {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    defer { bytes.deallocate() }
    let told = Told()
    do { _ = GuestMemory(at: bytes, length: 64) { told.add(1) } }
    #expect(told.values == [1])
  }
}

@Suite struct RAMBlockTests {
  private func refusal(
    _ idstr: String, used: UInt64, maximum: UInt64? = nil, memory: UInt64 = 65536,
    attributes: RAMBlock.Attributes = .migratable, pageSize: UInt64? = nil
  ) throws -> VMStateError.Code? {
    let memory = try GuestMemory(mapping: memory)
    do {
      _ = try RAMBlock(
        idstr, memory: memory, usedLength: used, maxLength: maximum, attributes: attributes,
        pageSize: pageSize)
      return nil
    } catch { return error.code }
  }

  @Test func refusesNamesThatTheStreamCannotHold() throws {
    #expect(try refusal("", used: 4096) == .invalidRegistration)
    #expect(try refusal(String(repeating: "n", count: 256), used: 4096) == .invalidRegistration)
    #expect(try refusal(String(repeating: "n", count: 255), used: 4096) == nil)
    // 128 characters, 256 bytes.
    #expect(try refusal(String(repeating: "é", count: 128), used: 4096) == .invalidRegistration)
  }

  @Test func refusesLengthsThatAreNoPages() throws {
    #expect(try refusal("a", used: 0) == .invalidRegistration)
    #expect(try refusal("a", used: 4097) == .invalidRegistration)
    #expect(try refusal("a", used: 8192, maximum: 4096) == .invalidRegistration)
    #expect(try refusal("a", used: 4096, maximum: 8192) == .invalidRegistration)
    #expect(try refusal("a", used: 4096, maximum: 8192, attributes: .resizeable) == nil)
    #expect(try refusal("a", used: 69632) == .invalidRegistration)
    #expect(try refusal("a", used: 4096, pageSize: 3000) == .invalidRegistration)
  }

  @Test func writeStoresThenMarks() throws {
    let block = try RAMBlock.make("a", pages: 4)
    block.put(9, at: 4096)
    #expect(block.byte(at: 4096) == 9)
    let bitmap = PageBitmap(pageCount: 4)
    block.dirtyLog.drain(into: bitmap)
    #expect((0..<4).map { bitmap.contains($0) } == [false, true, false, false])
    let error = #expect(throws: VMStateError.self) {
      try [1 as UInt8, 2].withUnsafeBytes { try block.write($0, at: 4 * 4096 - 1) }
    }
    #expect(error?.code == .ramOffset)
  }
}

@Suite struct RAMBlockListTests {
  @Test func sortsByMaximumLengthAndKeepsTheOrderOfEquals() throws {
    let list = RAMBlockList()
    for (name, used, maximum) in [
      ("small", 1, 1), ("big", 9, 9), ("grows", 1, 20), ("one", 4, 4), ("two", 4, 4),
    ] {
      try list.add(.make(name, pages: used, maximum: maximum, attributes: .resizeable))
    }
    #expect(list.blocks.map(\.idstr) == ["grows", "big", "one", "two", "small"])
  }

  @Test func countsAVersionForEachChange() throws {
    let list = RAMBlockList()
    let block = try RAMBlock.make("a", pages: 1)
    try list.add(block)
    #expect(list.version == 1)
    #expect(list["a"] === block)
    let duplicate = #expect(throws: VMStateError.self) { try list.add(.make("a", pages: 2)) }
    #expect(duplicate?.code == .duplicateEntry)
    try list.remove(block)
    #expect(list.version == 2)
    #expect(list["a"] == nil)
    let gone = #expect(throws: VMStateError.self) { try list.remove(block) }
    #expect(gone?.code == .unknownRAMBlock)
  }

  @Test func refusesAnotherTargetPageSize() throws {
    let list = RAMBlockList(targetPageSize: try #require(TargetPageSize(8192)))
    let error = #expect(throws: VMStateError.self) { try list.add(.make("a", pages: 2)) }
    #expect(error?.code == .invalidRegistration)
  }

  @Test func resizesWithinTheMaximumAndTellsTheOwner() throws {
    let list = RAMBlockList()
    let told = Told()
    let block = try RAMBlock.make(
      "a", pages: 2, maximum: 8, attributes: [.migratable, .resizeable]
    ) { told.add($1) }
    try list.add(block)
    try list.resize(block, to: 20380)
    #expect(block.usedLength == 20480)
    #expect(block.exactLength == 20380)
    // The same pages, another exact length: the owner is told, no save is disturbed.
    let resizes = list.stamp.resizes
    try list.resize(block, to: 20480)
    try list.resize(block, to: 20480)
    #expect(list.stamp.resizes == resizes)
    #expect(told.values == [20380, 20480])
    for length: UInt64 in [0, 8 * 4096 + 1, .max] {
      let error = #expect(throws: VMStateError.self) { try list.resize(block, to: length) }
      #expect(error?.code == .ramBlockSize)
    }
    #expect(block.usedLength == 20480)
  }

  @Test func refusesToResizeAFixedBlock() throws {
    let list = RAMBlockList()
    let block = try RAMBlock.make("a", pages: 2)
    try list.add(block)
    try list.resize(block, to: 8192 - 5)
    #expect(block.exactLength == 8187)
    let error = #expect(throws: VMStateError.self) { try list.resize(block, to: 4096) }
    #expect(error?.code == .ramBlockSize)
  }
}

/// Collects numbers from closures.
final class Told: Sendable {
  private let list = Guarded<[UInt64]>([])
  func add(_ value: UInt64) { list.withLock { $0.append(value) } }
  var values: [UInt64] { list.withLock { $0 } }
}
