import Synchronization
import TestSupport
import Testing

@testable import VMState

@Suite struct RAMLiveTests {
  @Test func aMachineThatKeepsWritingArrivesEqual() throws {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    let source = try RAMFixture([.make("ram", pages: 300), .make("rom", pages: 70)])
    let isStopped = Stop()
    let writer = TestThread { [list = source.list] in
      write(to: list.blocks, seed: seed, until: isStopped)
    }
    var sections = [try source.setup()]
    // At least 20 rounds, and until the writer was seen at work.
    let giveUp = ContinuousClock.now + .seconds(30)
    while source.rounds < 20 || source.sentPages < 1000, ContinuousClock.now < giveUp {
      sections.append(try source.iterateAfterSync())
    }
    isStopped.stop()
    writer.join()
    sections.append(try source.complete())
    source.handlers.saveCleanup()

    #expect(source.sentPages >= 1000, "few pages were sent twice")
    let target = try RAMFixture([
      .make("ram", pages: 300), .make("rom", pages: 70, protection: .disposable),
    ])
    try target.load(sections)
    #expect(target.content == source.content)
  }

  /// The guest: stores of random bytes, now and then a page of zeros.
  private func write(to blocks: [RAMBlock], seed: UInt64, until stop: Stop) {
    var random = SeededGenerator(seed: seed)
    while !stop.isStopped {
      let block = blocks[random.next() % 8 == 0 ? 1 : 0]
      let page = random.next() % (block.usedLength / 4096)
      if random.next() % 4 == 0 {
        block.fill(page: Int(page), with: 0)
      } else {
        block.put(UInt8(truncatingIfNeeded: random.next()), at: page * 4096 + random.next() % 4096)
      }
    }
  }

  @Test func measuresTheDirtyRateOverASecond() throws {
    let fixture = try RAMFixture(pages: 100)
    _ = try fixture.setup()
    _ = try fixture.iterate()
    fixture.first.dirtyLog.mark(0...49)
    _ = fixture.handlers.pendingExact(fixture.context)
    #expect(fixture.handlers.progress.current.dirtyPagesPerSecond == 0)
    let end = ContinuousClock.now + .milliseconds(1010)
    while ContinuousClock.now < end {}
    _ = fixture.handlers.pendingExact(fixture.context)
    let rate = fixture.handlers.progress.current.dirtyPagesPerSecond
    #expect(rate > 0 && rate <= 50)
  }
}

extension RAMFixture {
  fileprivate var rounds: UInt64 { handlers.progress.current.rounds }
  fileprivate var sentPages: UInt64 {
    handlers.progress.current.normalPages + handlers.progress.current.zeroPages
  }
}

/// Ends a thread's loop.
final class Stop: Sendable {
  private let flag = Atomic<Bool>(false)
  var isStopped: Bool { flag.load(ordering: .acquiring) }
  func stop() { flag.store(true, ordering: .releasing) }
}

/// A write that falls exactly into one of the windows of sending a page.
@Suite struct RAMWriteOrderTests {
  /// Page 0 has content, page 1 is zero.
  private func source(_ tracking: any DirtyTracking = SoftwareDirtyTracking()) throws -> RAMFixture
  {
    let source = try RAMFixture([.make("a", pages: 2)], tracking: tracking)
    source.first.fill(page: 0, with: 1)
    return source
  }

  /// Saves with `write` called once, at a moment of the first round.
  private func save(
    _ source: RAMFixture, at moment: RAMSaveMoment, page: Int, _ write: @escaping () -> Void
  ) throws -> [[UInt8]] {
    var isWritten = false
    source.handlers.seam = { now, _, place in
      guard now == moment, place == page, !isWritten else { return }
      isWritten = true
      write()
    }
    var sections = [try source.setup(), try source.iterate().bytes]
    _ = source.handlers.pendingExact(source.context)
    sections += [try source.iterate().bytes, try source.complete()]
    source.handlers.saveCleanup()
    #expect(isWritten)
    return sections
  }

  private func loaded(_ sections: [[UInt8]]) throws -> [[UInt8]] {
    let target = try RAMFixture(pages: 2)
    try target.load(sections)
    return target.content
  }

  @Test(arguments: [RAMSaveMoment.bitCleared, .zeroTested, .queued])
  func aPageWrittenWhileItIsSentGoesAgain(_ moment: RAMSaveMoment) throws {
    let source = try source()
    let sections = try save(source, at: moment, page: 0) { source.first.put(99, at: 4095) }
    #expect(try RecordList(sections[2]).text == ["~:0"])
    #expect(try loaded(sections) == source.content)
  }

  @Test func aWriteAfterTheLogWasFetchedGoesAgain() throws {
    let source = try source()
    let sections = try save(source, at: .logCleared, page: 0) { source.first.put(99, at: 4096) }
    #expect(try RecordList(sections[1]).text == ["a:0", "~:1"])
    #expect(try RecordList(sections[2]).text == ["~:1"])
    #expect(try loaded(sections) == source.content)
  }

  @Test func aPageFoundZeroIsSentAsZeroWhateverItBecomes() throws {
    let source = try source()
    let sections = try save(source, at: .zeroTested, page: 1) {
      source.first.fill(page: 1, with: 7)
    }
    #expect(try RecordList(sections[1]).text == ["a:0", "~:1z"])
    #expect(try RecordList(sections[2]).text == ["~:1"])
    #expect(try loaded(sections) == source.content)
  }

  @Test func aPageFoundWithContentMayBecomeZero() throws {
    let source = try source()
    let sections = try save(source, at: .zeroTested, page: 0) {
      source.first.fill(page: 0, with: 0)
    }
    #expect(try RecordList(sections[1]).text == ["a:0", "~:1z"])
    #expect(try RecordList(sections[2]).text == ["~:0z"])
    #expect(try loaded(sections) == source.content)
  }

  // The two wrong orders, to show that the tests above would see them.

  @Test func aWriterThatMarksFirstLosesItsStore() throws {
    let source = try source()
    var sections = [try source.setup(), try source.iterate().bytes]
    source.first.dirtyLog.mark(0...0)
    _ = source.handlers.pendingExact(source.context)
    sections.append(try source.iterate().bytes)
    source.first.memory.base.storeBytes(of: 99, as: UInt8.self)
    sections.append(try source.complete())
    #expect(try RecordList(sections[2]).text == ["~:0"])
    #expect(try loaded(sections) != source.content)
  }

  @Test func aLogClearedAfterTheReadLosesAStore() throws {
    let source = try source(LateTracking())
    let sections = try save(source, at: .zeroTested, page: 1) {
      source.first.fill(page: 1, with: 7)
    }
    #expect(try RecordList(sections[2]).records.isEmpty)
    #expect(try loaded(sections) != source.content)
  }
}

/// The wrong order: marks are copied at a look and cleared at the beginning of the next one,
/// after the pages were read.
final class LateTracking: DirtyTracking {
  func start(_ block: RAMBlock) { block.dirtyLog.reset() }

  func sync(_ block: RAMBlock, into bitmap: PageBitmap) {
    block.dirtyLog.reset()
    let marks = PageBitmap(pageCount: bitmap.pageCount)
    block.dirtyLog.drain(into: marks)
    for page in 0..<marks.pageCount where marks.contains(page) {
      bitmap.mark(page..<page + 1)
      block.dirtyLog.mark(page...page)
    }
  }

  func stop(_ block: RAMBlock) {}
}
