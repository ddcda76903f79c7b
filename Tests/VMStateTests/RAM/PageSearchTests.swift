import TestSupport
import Testing

@testable import VMState

@Suite struct PageBitmapTests {
  @Test func findsSetAndClearPagesAcrossWords() {
    let bitmap = PageBitmap(pageCount: 200)
    bitmap.mark(60..<140)
    #expect(bitmap.nextSet(from: 0, limit: 200) == 60)
    #expect(bitmap.nextSet(from: 61, limit: 200) == 61)
    #expect(bitmap.nextSet(from: 140, limit: 200) == 200)
    #expect(bitmap.nextSet(from: 0, limit: 60) == 60)
    #expect(bitmap.nextSet(from: 0, limit: 30) == 30)
    #expect(bitmap.nextSet(from: 200, limit: 200) == 200)
    #expect(bitmap.nextClear(from: 60, limit: 200) == 140)
    #expect(bitmap.nextClear(from: 60, limit: 100) == 100)
    #expect(bitmap.nextClear(from: 0, limit: 200) == 0)
    #expect(bitmap.count(below: 200) == 80)
    #expect(bitmap.count(below: 70) == 10)
  }

  @Test func countsOnlyNewMarksBelowTheLimit() {
    let bitmap = PageBitmap(pageCount: 130, countedPages: 100)
    bitmap.mark(90..<130)
    #expect(bitmap.takeAdded() == 10)
    bitmap.mark(0..<130)
    #expect(bitmap.takeAdded() == 90)
    #expect(bitmap.takeAdded() == 0)
  }

  @Test func dropsBitsPastTheLastPage() {
    let bitmap = PageBitmap(pageCount: 65)
    bitmap.mark(word: 1, bits: .max)
    #expect(bitmap.takeAdded() == 1)
    bitmap.setAll()
    #expect(bitmap.count(below: 65) == 65)
    #expect(bitmap.words[1] == 1)
  }

  @Test func agreesWithASetOfPages() {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let count = Int.random(in: 1...300, using: &random)
      let bitmap = PageBitmap(pageCount: count)
      var pages = Set<Int>()
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        let start = Int.random(in: 0..<count, using: &random)
        let end = Int.random(in: start...count, using: &random)
        bitmap.mark(start..<end)
        pages.formUnion(start..<end)
      }
      #expect(bitmap.takeAdded() == pages.count)
      for page in 0..<count {
        #expect(bitmap.contains(page) == pages.contains(page))
        #expect(
          bitmap.nextSet(from: page, limit: count)
            == (page..<count).first { pages.contains($0) } ?? count)
      }
    }
  }
}

@Suite struct ZeroPageTests {
  @Test func seesASingleByteAnywhere() {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 4096 + 64, alignment: 64)
    defer { bytes.deallocate() }
    for shift in [0, 1, 8] {
      let page = bytes + shift
      bytes.initializeMemory(as: UInt8.self, repeating: 0, count: 4096 + 64)
      #expect(ZeroPage.isZero(page, count: 4096))
      for place in 0..<4096 {
        page.storeBytes(of: 0x80, toByteOffset: place, as: UInt8.self)
        if ZeroPage.isZero(page, count: 4096) { Issue.record("byte \(place) is not seen") }
        page.storeBytes(of: 0, toByteOffset: place, as: UInt8.self)
      }
    }
  }

  @Test func looksAtNothingBeyondThePage() {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 1024 + 128, alignment: 64)
    defer { bytes.deallocate() }
    bytes.initializeMemory(as: UInt8.self, repeating: 0xff, count: 1024 + 128)
    (bytes + 64).initializeMemory(as: UInt8.self, repeating: 0, count: 1024)
    #expect(ZeroPage.isZero(bytes + 64, count: 1024))
    #expect(ZeroPage.isZero(bytes + 64, count: 100))
    #expect(!ZeroPage.isZero(bytes + 63, count: 100))
    #expect(!ZeroPage.isZero(bytes + 64, count: 1025))
    #expect(ZeroPage.isZero(bytes, count: 0))
  }
}

@Suite struct PageSearchTests {
  private func search(
    _ bitmaps: [PageBitmap], hostPage: Int = 1
  ) -> PageSearch {
    PageSearch(
      bitmaps.map {
        PageSearch.Source(
          base: UnsafeMutableRawPointer(bitPattern: 4096)!, dirty: $0.words,
          pageCount: $0.pageCount, hostPage: hostPage)
      })
  }

  private func bitmap(_ count: Int, _ pages: Int...) -> PageBitmap {
    let bitmap = PageBitmap(pageCount: count)
    for page in pages { bitmap.mark(page..<page + 1) }
    return bitmap
  }

  /// Takes pages until a round finds nothing: "block:page".
  private func drain(_ search: inout PageSearch, limit: Int = 1000) -> [String] {
    var found: [String] = []
    while found.count < limit, search.findDirty() {
      let end = search.windowEnd
      while search.page < end {
        let count = search.current.takeRun(from: search.page, limit: end - search.page)
        found += (search.page..<search.page + count).map { "\(search.index):\($0)" }
        search.move(to: search.page + count)
        search.skipClean(to: end)
      }
    }
    return found
  }

  @Test func goesThroughAllBlocksInOrder() {
    let bitmaps = [bitmap(100, 3, 99), bitmap(70), bitmap(10, 0, 9)]
    var search = search(bitmaps)
    #expect(drain(&search) == ["0:3", "0:99", "2:0", "2:9"])
    withExtendedLifetime(bitmaps) {}
  }

  @Test func findsNothingInAnEmptyMachine() {
    var search = search([])
    let found = search.findDirty()
    #expect(!found)
  }

  @Test func wrapsOnceAndEndsWhereItBegan() {
    let bitmaps = [bitmap(64, 1, 40), bitmap(64, 5)]
    var search = search(bitmaps)
    #expect(drain(&search, limit: 2) == ["0:1", "0:40"])
    // Behind the position in the same block: only a wrap finds it.
    bitmaps[0].mark(2..<3)
    #expect(drain(&search) == ["1:5", "0:2"])
    #expect(search.wraps == 2)
    bitmaps[0].mark(0..<1)
    #expect(drain(&search) == ["0:0"])
    withExtendedLifetime(bitmaps) {}
  }

  @Test func findsAPageJustBehindThePosition() {
    let bitmaps = [bitmap(8, 4)]
    var search = search(bitmaps)
    #expect(drain(&search, limit: 1) == ["0:4"])
    bitmaps[0].mark(4..<5)
    #expect(drain(&search) == ["0:4"])
    withExtendedLifetime(bitmaps) {}
  }

  @Test func takesRunsWithinAWord() {
    let bitmap = PageBitmap(pageCount: 200)
    bitmap.mark(3..<150)
    let source = PageSearch.Source(
      base: UnsafeMutableRawPointer(bitPattern: 4096)!, dirty: bitmap.words, pageCount: 140,
      hostPage: 1)
    #expect(source.takeRun(from: 3, limit: 5) == 5)
    #expect(source.takeRun(from: 8, limit: 1000) == 56)
    #expect(source.takeRun(from: 64, limit: 1000) == 64)
    #expect(source.takeRun(from: 128, limit: 1000) == 12)
    #expect(bitmap.nextSet(from: 0, limit: 200) == 140)
  }

  @Test func takesAWholeHostPageAtOnce() {
    // Host pages of 4 target pages; the last one is cut by the block's end.
    let bitmaps = [bitmap(10, 1, 3, 4, 9)]
    var search = search(bitmaps, hostPage: 4)
    let found = search.findDirty()
    #expect(found)
    #expect(search.page == 1)
    #expect(search.windowEnd == 4)
    #expect(drain(&search) == ["0:1", "0:3", "0:4", "0:9"])
    withExtendedLifetime(bitmaps) {}
  }
}

@Suite struct DirtyLogTests {
  private func drained(_ log: DirtyLog) -> [Int] {
    let bitmap = PageBitmap(pageCount: log.pageCount)
    log.drain(into: bitmap)
    return (0..<log.pageCount).filter { bitmap.contains($0) }
  }

  @Test func marksEveryPageThatARangeTouches() {
    let log = DirtyLog(pageCount: 200)
    log.mark(offset: 4095, count: 2)
    log.mark(offset: 5 * 4096, count: 4096)
    log.mark(offset: 7 * 4096 + 1, count: 0)
    #expect(drained(log) == [0, 1, 5])
    #expect(drained(log) == [])
    log.mark(60...130)
    #expect(drained(log) == Array(60...130))
    log.markAll()
    #expect(drained(log).count == 200)
    log.mark(3...3)
    log.reset()
    #expect(drained(log) == [])
  }

  @Test func losesNoMarkWhileItIsFetched() {
    let pages = 4096
    let log = DirtyLog(pageCount: pages)
    let isFinished = Stop()
    let writer = TestThread {
      for page in 0..<pages { log.mark(page...page) }
      isFinished.stop()
    }
    let bitmap = PageBitmap(pageCount: pages)
    while !isFinished.isStopped { log.drain(into: bitmap) }
    writer.join()
    log.drain(into: bitmap)
    #expect(bitmap.count(below: pages) == pages)
    #expect(bitmap.takeAdded() == pages)
  }
}
