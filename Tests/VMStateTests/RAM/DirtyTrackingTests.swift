import Synchronization
import TestSupport
import Testing

@testable import VMState

#if os(Linux)
  /// Threads that have not ended.
  private final class RunningWriters: Sendable {
    let left: Atomic<Int>
    init(_ count: Int) { left = Atomic(count) }
  }

  /// Each way to know written pages, with threads that write by plain stores.
  @Suite(.serialized) struct DirtyTrackingTests {
    private static let pages = 2048
    private static let writes = 500_000

    /// The kernel's own methods that this machine's kernel permits.
    private static let permitted: [DirtyTrackingMethod] = [.pagemapScan, .writeProtection].filter {
      method in
      do throws(VMStateError) {
        _ = try method.open()
        return true
      } catch {
        print("not permitted here: \(error)")
        return false
      }
    }

    @Test(arguments: permitted)
    func losesNoneOfAMillionWrites(_ method: DirtyTrackingMethod) throws {
      let seed = UInt64.random(in: 0...(.max))
      print("seed \(seed)")
      let block = try RAMBlock.make("ram", pages: Self.pages)
      let copy = try GuestMemory(mapping: block.maxLength)
      let tracking = try method.open().tracking
      try tracking.start(block)
      defer { tracking.stop(block) }
      let running = RunningWriters(2)
      let threads = Self.writers(block, seed, running)
      var rounds = 0
      while running.left.load(ordering: .acquiring) > 0 {
        try Self.copyWritten(block, to: copy, tracking)
        rounds += 1
      }
      threads.forEach { $0.join() }
      try Self.copyWritten(block, to: copy, tracking)
      let length = Int(block.maxLength)
      #expect(rounds > 1)
      #expect(
        UnsafeRawBufferPointer(start: block.memory.base, count: length)
          .elementsEqual(UnsafeRawBufferPointer(start: copy.base, count: length)))
    }

    /// Two threads, each storing words to its own half of every page.
    private static func writers(
      _ block: RAMBlock, _ seed: UInt64, _ running: RunningWriters
    ) -> [TestThread] {
      (0..<2).map { half in
        TestThread {
          var random = SeededGenerator(seed: seed ^ UInt64(half))
          for _ in 0..<writes {
            let value = random.next()
            let place = Int(value % UInt64(pages)) * 4096 + half * 2048
            block.memory.base.storeBytes(
              of: value | 1, toByteOffset: place + Int(value >> 32 & 255) * 8, as: UInt64.self)
          }
          running.left.subtract(1, ordering: .acquiringAndReleasing)
        }
      }
    }

    /// Takes what was written and copies those pages.
    private static func copyWritten(
      _ block: RAMBlock, to copy: GuestMemory, _ tracking: any DirtyTracking
    ) throws {
      let bitmap = PageBitmap(pageCount: pages)
      try tracking.sync(block, into: bitmap)
      for page in 0..<pages where bitmap.contains(page) {
        (copy.base + page * 4096).copyMemory(
          from: block.memory.base + page * 4096, byteCount: 4096)
      }
    }

    @Test(arguments: permitted)
    func reportsExactlyTheWrittenPagesAndForgetsThem(_ method: DirtyTrackingMethod) throws {
      let block = try RAMBlock.make("ram", pages: 200)
      block.memory.base.storeBytes(of: 1, toByteOffset: 5 * 4096, as: UInt8.self)
      let tracking = try method.open().tracking
      try tracking.start(block)
      defer { tracking.stop(block) }
      let written: Set<Int> = [0, 5, 63, 64, 130, 199]
      for page in written {
        block.memory.base.storeBytes(of: 7, toByteOffset: page * 4096 + 9, as: UInt8.self)
      }
      let first = PageBitmap(pageCount: 200)
      try tracking.sync(block, into: first)
      #expect(Set((0..<200).filter(first.contains)) == written)
      let second = PageBitmap(pageCount: 200)
      try tracking.sync(block, into: second)
      #expect(second.count(below: 200) == 0)
      block.memory.base.storeBytes(of: 8, toByteOffset: 64 * 4096, as: UInt8.self)
      try tracking.sync(block, into: second)
      #expect((0..<200).filter(second.contains) == [64])
    }

    @Test(arguments: permitted)
    func aStoppedWatchLetsWritersPass(_ method: DirtyTrackingMethod) throws {
      let block = try RAMBlock.make("ram", pages: 4)
      let tracking = try method.open().tracking
      try tracking.start(block)
      tracking.stop(block)
      block.memory.base.storeBytes(of: 3, as: UInt8.self)
      #expect(block.byte(at: 0) == 3)
    }

    @Test func softDirtyBitsNeedAMachineThatStandsStill() throws {
      let error = #expect(throws: VMStateError.self) { try DirtyTrackingMethod.softDirty.open() }
      #expect(error?.code == .unsupported)
      #expect(error?.path == ["soft-dirty"])
    }

    @Test func theNextBestIsTakenOnlyWithAgreement() throws {
      let choice = try DirtyTrackingMethod.softDirty.open(fallbacks: [.softwareLog])
      #expect(choice.method == .softwareLog)
      #expect(choice.refusals.map(\.method) == [.softDirty])
    }

    @Test func softDirtyBitsAreFoundOrTheirAbsenceIsNamed() throws {
      let block = try RAMBlock.make("ram", pages: 70)
      do throws(VMStateError) {
        let tracking = try DirtyTrackingMethod.softDirty.open(standStill: { $0() }).tracking
        try tracking.start(block)
        defer { tracking.stop(block) }
        block.memory.base.storeBytes(of: 7, toByteOffset: 65 * 4096, as: UInt8.self)
        let bitmap = PageBitmap(pageCount: 70)
        try tracking.sync(block, into: bitmap)
        #expect(bitmap.contains(65))
      } catch {
        print("not permitted here: \(error)")
        #expect(error.code == .unsupported)
        #expect(error.path.first == "soft-dirty")
      }
    }
  }
#endif
