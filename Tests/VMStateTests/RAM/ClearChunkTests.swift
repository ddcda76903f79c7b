import TestSupport
import Testing

@testable import VMState

/// Keeps its marks until they are cleared, as an accelerator's log does.
private final class DelayedTracking: DirtyTracking {
  let clearsByChunks = true
  var cleared: [Range<Int>] = []
  func start(_ block: RAMBlock) { block.dirtyLog.reset() }
  func stop(_ block: RAMBlock) {}

  /// The log's marks: reported, and put back.
  func sync(_ block: RAMBlock, into bitmap: PageBitmap) {
    let marks = PageBitmap(pageCount: bitmap.pageCount)
    block.dirtyLog.drain(into: marks)
    for page in 0..<marks.pageCount where marks.contains(page) {
      bitmap.mark(page..<page + 1)
      block.dirtyLog.mark(page...page)
    }
  }

  func clear(_ block: RAMBlock, _ pages: Range<Int>, into bitmap: PageBitmap) {
    cleared.append(pages)
    let marks = PageBitmap(pageCount: bitmap.pageCount)
    block.dirtyLog.drain(into: marks)
    for page in 0..<marks.pageCount where marks.contains(page) {
      if pages.contains(page) {
        bitmap.mark(page..<page + 1)
      } else {
        block.dirtyLog.mark(page...page)
      }
    }
  }
}

@Suite struct ClearChunkTests {
  private func source(_ tracking: any DirtyTracking, pages: Int = 300) throws -> RAMFixture {
    let source = try RAMFixture([.make("a", pages: pages)], tracking: tracking)
    var parameters = RAMParameters()
    parameters.clearBitmapShift = 6
    try source.handlers.setParameters(parameters)
    return source
  }

  @Test func marksAreForgottenPieceByPieceBeforeThePagesAreRead() throws {
    let tracking = DelayedTracking()
    let source = try source(tracking)
    _ = try source.setup()
    #expect(tracking.cleared.isEmpty)
    _ = try source.iterate()
    #expect(tracking.cleared == [0..<64, 64..<128, 128..<192, 192..<256, 256..<300])
    source.first.put(1, at: 70 * 4096)
    tracking.cleared = []
    #expect(try RecordList(source.iterateAfterSync()).records.map(\.page) == [70])
    #expect(tracking.cleared == [64..<128])
    // A look that finds the same marks again counts them once.
    source.first.put(1, at: 80 * 4096)
    #expect(source.handlers.pendingExact(source.context).total == 4096)
    #expect(source.handlers.pendingExact(source.context).total == 4096)
    source.handlers.saveCleanup()
  }

  @Test func aWriteBetweenTheLookAndTheClearingIsNotLost() throws {
    let tracking = DelayedTracking()
    let source = try source(tracking)
    _ = try source.setup()
    _ = try source.iterate()
    source.first.put(1, at: 70 * 4096)
    _ = source.handlers.pendingExact(source.context)
    // In the same piece, and not known to be dirty yet.
    source.first.put(2, at: 66 * 4096)
    source.first.put(3, at: 90 * 4096)
    let sent = try RecordList(source.iterate().bytes).records.map(\.page)
    #expect(sent.sorted() == [66, 70, 90])
    #expect(source.handlers.progress.current.dirtyPages == 0)
    source.handlers.saveCleanup()
  }

  @Test func aHintClearsThePiecesThatItTouches() throws {
    let tracking = DelayedTracking()
    let source = try source(tracking)
    _ = try source.setup()
    _ = try source.iterate()
    for page in [60, 70, 200] { source.first.put(1, at: UInt64(page) * 4096) }
    _ = source.handlers.pendingExact(source.context)
    tracking.cleared = []
    let hints = source.handlers.freePageHints
    try hints.hint(
      source.first, offset: 60 * 4096, length: 20 * 4096, in: #require(hints.session))
    // The first page goes before the hints are looked at.
    _ = try source.iterate()
    #expect(
      tracking.cleared.sorted { $0.lowerBound < $1.lowerBound } == [0..<64, 64..<128, 192..<256])
    #expect(source.handlers.pendingExact(source.context).total == 0)
    source.handlers.saveCleanup()
  }

  #if os(Linux)
    /// Threads write by plain stores while the memory is saved round by round.
    @Test func theKernelsScanByPiecesLosesNoWrite() throws {
      let tracking: ScanDirtyTracking
      do throws(VMStateError) {
        tracking = try ScanDirtyTracking(clearsByChunks: true)
      } catch {
        return print("not permitted here: \(error)")
      }
      let seed = UInt64.random(in: 0...(.max))
      print("seed \(seed)")
      let source = try source(tracking, pages: 512)
      let block = source.first
      let isStopped = Stop()
      var sections = [try source.setup()]
      let writer = TestThread {
        var random = SeededGenerator(seed: seed)
        while !isStopped.isStopped {
          let value = random.next()
          block.memory.base.storeBytes(
            of: value | 1, toByteOffset: Int(value % 512) * 4096 + Int(value >> 32 & 511) * 8,
            as: UInt64.self)
        }
      }
      for _ in 0..<20 { sections.append(try source.iterateAfterSync()) }
      isStopped.stop()
      writer.join()
      sections.append(try source.complete())
      source.handlers.saveCleanup()
      let target = try RAMFixture(pages: 512, protection: .disposable)
      try target.load(sections)
      #expect(target.content == source.content)
    }
  #endif
}
