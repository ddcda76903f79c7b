import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@testable import VMState

/// What keeps the pages of an instant, without threads that disturb.
@Suite struct BackgroundMemoryTests {
  private let size = TargetPageSize.standard

  private func snapshot(
    _ method: SnapshotMethod, _ blocks: [RAMBlock], copiedBytes: UInt64 = 1 << 20
  ) throws -> MemorySnapshot {
    try MemorySnapshot.prepare(method, blocks, size, copiedBytes: copiedBytes)
  }

  /// What the saver gets of some pages, and a bit for each that is not zero.
  private func take(
    _ snapshot: MemorySnapshot, _ pages: Range<Int>, dirty: PageBitmap? = nil
  ) throws -> (bytes: [UInt8], content: UInt64) {
    var bytes = [UInt8](repeating: 0xEE, count: pages.count << 12)
    let block = try #require(snapshot.blocks[0])
    let clean = PageBitmap(pageCount: block.usedLength >> 12)
    let content = try bytes.withUnsafeMutableBytes { (bytes) throws -> UInt64 in
      try snapshot.take(block, pages, dirty ?? clean, to: bytes.baseAddress!, size)
    }
    return (bytes, content)
  }

  @Test func pagesComeFromMemoryAndFromCopies() throws {
    let block = try RAMBlock.make("ram", pages: 130)
    for page in [0, 1, 2, 4, 63] { block.fill(page: page, with: UInt8(page + 1)) }
    let snapshot = try snapshot(.announcedWrites, [block])
    try snapshot.begin()
    defer { snapshot.end() }
    block.fill(page: 1, with: 0)
    block.fill(page: 3, with: 9)
    // Across two pages, and from the last one on.
    block.willWrite(offset: 5 << 12 - 1, count: 2)
    block.willWrite(offset: 129 << 12, count: .max)
    #expect(snapshot.statistics.copiedPages == 5)
    let (bytes, content) = try take(snapshot, 0..<64)
    #expect(content == UInt64(0b10111) | UInt64(1) << 63)
    for page in [0, 1, 2, 4, 63] {
      #expect(Array(bytes[page << 12..<(page + 1) << 12]) == pageBytes(UInt8(page + 1)))
    }
    // Of zeros nothing is copied.
    #expect(Array(bytes[3 << 12..<4 << 12]) == pageBytes(0xEE))
    // Sent is sent: no copy is made any more.
    block.fill(page: 2, with: 77)
    #expect(snapshot.statistics.copiedPages == 5)
    #expect(try take(snapshot, 128..<130).content == 0)
  }

  @Test func aBlockThatNobodyWritesNeedsNothing() throws {
    let rom = try RAMBlock.make("rom", pages: 1, attributes: [.migratable, .readOnly])
    let snapshot = try snapshot(.announcedWrites, [rom])
    #expect(snapshot.blocks.count == 1 && snapshot.blocks[0] == nil)
  }

  @Test func whatIsSentComesBackToThePool() throws {
    let block = try RAMBlock.make("ram", pages: 64)
    let snapshot = try snapshot(.announcedWrites, [block], copiedBytes: 2 << 12)
    try snapshot.begin()
    for page in stride(from: 0, to: 64, by: 2) {
      block.put(1, at: UInt64(page) << 12)
      block.put(1, at: UInt64(page + 1) << 12)
      #expect(snapshot.nextQueued()?.part == page)
      _ = try take(snapshot, page..<page + 2)
      #expect(snapshot.nextQueued() == nil)
    }
    #expect(snapshot.statistics.mostCopiedBytes == 2 << 12)
    #expect(snapshot.statistics.waits == 0)
    snapshot.end()
    block.put(2, at: 0)
    #expect(snapshot.statistics.copiedPages == 64)
  }

  @Test func refusesMemoryThatCannotBeProtectedUnlessAnotherWayWasAgreed() throws {
    let memory = try GuestMemory(mapping: 3 << 12)
    let odd = try RAMBlock(
      "odd", memory: GuestMemory(at: memory.base + 8, length: 2 << 12), usedLength: 2 << 12)
    var options = SnapshotOptions()
    let error = failure { _ = try options.prepare([odd], size) }
    #expect(error?.code == .unsupported)
    #expect(error?.path.first == "write-protection")
    options.fallbacks = [.announcedWrites]
    let choice = try options.prepare([odd], size)
    #expect(choice.snapshot.method == .announcedWrites)
    #expect(choice.refusals.map(\.method) == [.writeProtection])
    choice.snapshot.end()
    withExtendedLifetime(memory) {}
  }
}

#if os(Linux)
  /// The same with memory that the kernel protects.
  @Suite(.enabled(if: BackgroundFixture.permitted.contains(.writeProtection)))
  struct BackgroundProtectionTests {
    /// A block that begins at a multiple of 2 MiB.
    private func block(_ bytes: Int, pageSize: UInt64) throws -> RAMBlock {
      let memory = try GuestMemory(mapping: UInt64(bytes) + 2 << 20)
      let gap = (2 << 20 - Int(bitPattern: memory.base) & (2 << 20 - 1)) & (2 << 20 - 1)
      return try RAMBlock(
        "ram",
        memory: GuestMemory(at: memory.base + gap, length: UInt64(bytes)) {
          withExtendedLifetime(memory) {}
        }, usedLength: UInt64(bytes), pageSize: pageSize)
    }

    @Test func largePagesAreKeptWhole() throws {
      let fixture = try BackgroundFixture(
        .writeProtection, [try block(4 << 20, pageSize: 2 << 20)], copiedBytes: 2 << 20)
      let isSame = try fixture.loaded(fixture.save()) == fixture.machine.instant
      #expect(isSame)
      #expect(fixture.statistics.mostCopiedBytes <= 2 << 20)
      #expect(fixture.machine.hasOverwrittenAll())
    }

    /// The kernel's own writes wait, too; with features of older kernels as well.
    @Test(arguments: [false, true])
    func systemCallsThatWriteWait(_ isOld: Bool) throws {
      let block = try RAMBlock.make("ram", pages: 64)
      block.fill(page: 7, with: 5)
      let snapshot = try MemorySnapshot.prepare(
        .writeProtection, [block], .standard, copiedBytes: 1 << 20
      ) { method throws(VMStateError) in
        isOld ? try UserFaults(.writeProtection) : try SnapshotMethod.openFaults(method)
      }
      snapshot.populate()
      try snapshot.begin()
      defer { snapshot.end() }
      let (reader, writer) = try PipeChannel.makePair()
      let text = pageBytes(9, 3 << 12)
      text.withUnsafeBytes { bytes in
        let span = WriteSpan(base: bytes.baseAddress!, count: bytes.count)
        withUnsafePointer(to: span) { span in
          _ = try? writer.write(UnsafeBufferPointer(start: span, count: 1))
        }
      }
      let target = UnsafeMutableRawBufferPointer(start: block.memory.base + 6 << 12, count: 3 << 12)
      #expect(try reader.read(into: target) == 3 << 12)
      #expect(snapshot.statistics.copiedPages == 3)
      var bytes = pageBytes(0xEE, 64 << 12)
      let item = try #require(snapshot.blocks[0])
      let content = try bytes.withUnsafeMutableBytes { bytes in
        try snapshot.take(
          item, 0..<64, PageBitmap(pageCount: 64), to: bytes.baseAddress!, .standard)
      }
      #expect(content == 1 << 7)
      #expect(Array(bytes[7 << 12..<8 << 12]) == pageBytes(5))
      #expect(block.byte(at: 7 << 12) == 9)
    }

    @Test func sharedMemoryIsKeptToo() throws {
      let length = 200 << 12
      let base = try #require(
        mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
      try #require(base != MAP_FAILED)
      nonisolated(unsafe) let start = base
      let memory = GuestMemory(at: start, length: UInt64(length)) { munmap(start, length) }
      let block = try RAMBlock(
        "shared", memory: memory, usedLength: UInt64(length), attributes: [.migratable, .shared])
      let fixture = try BackgroundFixture(.writeProtection, [block], copiedBytes: 32 << 12)
      let isSame = try fixture.loaded(fixture.save()) == fixture.machine.instant
      #expect(isSame)
      #expect(fixture.statistics.copiedPages > 0 || fixture.statistics.waits == 0)
    }

    @Test func memoryThatIsWatchedAlreadyIsRefusedByName() throws {
      let block = try RAMBlock.make("ram", pages: 8)
      let tracking = try FaultDirtyTracking()
      try tracking.start(block)
      defer { tracking.stop(block) }
      let error = failure { _ = try SnapshotOptions().prepare([block], .standard) }
      #expect(error?.code == .unsupported && error?.path == ["write-protection", "ram"])
    }
  }
#endif
