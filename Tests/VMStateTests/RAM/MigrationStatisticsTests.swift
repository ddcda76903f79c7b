import TestSupport
import Testing

@testable import VMState

/// The numbers of a save by QEMU's rules; beside QEMU itself they stand in Tests/Interop.
@Suite struct MigrationStatisticsTests {
  private func saver(
    _ memory: RAMFixture, _ machine: TestMachine, _ profile: StreamProfile = .qemu10_0
  ) throws -> StateSaver {
    let registry = SaveStateRegistry()
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: memory.handlers)
    return StateSaver(
      registry: registry, machine: machine, options: .none(profile), clock: TestClock())
  }

  @Test func countsWhatARunningMachineSendsAsPrecopy() throws {
    let memory = try RAMFixture(pages: 8)
    memory.first.fill(page: 2, with: 1)
    let channel = MemoryChannel()
    try saver(memory, TestMachine()).save(to: channel)
    let statistics = memory.handlers.progress.statistics
    #expect(statistics.status == .completed && statistics.status.isOver)
    // One page, seven of zeros, the name "a" once, the end of the PART section.
    #expect(statistics.ram.precopyBytes == 4104 + 7 * 9 + 2 + 8)
    #expect(statistics.ram.downtimeBytes == 0 && statistics.ram.postcopyBytes == 0)
    #expect(statistics.ram.normalPages == 1 && statistics.ram.normalBytes == 4096)
    #expect(statistics.ram.zeroPages == 7)
    #expect(statistics.ram.total == 8 * 4096 && statistics.ram.remaining == 0)
    #expect(statistics.ram.dirtySyncCount == 2)
    #expect(statistics.ram.transferred == UInt64(channel.bytes.count))
  }

  @Test func countsWhatAStoppedMachineSendsAsDowntime() throws {
    let memory = try RAMFixture(pages: 8)
    try saver(memory, TestMachine(.paused)).save(to: MemoryChannel())
    let ram = memory.handlers.progress.statistics.ram
    #expect(ram.precopyBytes == 0 && ram.downtimeBytes == 8 * 9 + 2 + 8)
  }

  @Test func countsThePagesOfTheLastPassAsDowntime() throws {
    let memory = try RAMFixture(pages: 8)
    let machine = TestMachine()
    try saver(memory, machine).save(to: MemoryChannel()) { progress in
      // Between the last round and the last look at the dirty log.
      if progress.phase == .completing, progress.dirtySyncCount == 1 { memory.first.put(1, at: 0) }
    }
    let ram = memory.handlers.progress.statistics.ram
    #expect(ram.precopyBytes == 8 * 9 + 2 + 8)
    #expect(ram.downtimeBytes == 4104)
  }

  @Test func olderGenerationsCountRecordsOnlyAsTransferred() throws {
    let memory = try RAMFixture([.make("a", pages: 8)], profile: .qemu7_2)
    try saver(memory, TestMachine(), .qemu7_2).save(to: MemoryChannel())
    let statistics = memory.handlers.progress.statistics
    #expect(statistics.ram.transferred == 8 * 9 + 2 + 8)
    #expect(statistics.json["ram"]?["skipped"]?.int == 0)
  }

  @Test func nothingIsToldBeforeTheFirstSave() throws {
    let statistics = RAMProgress().statistics
    #expect(statistics == MigrationStatistics())
    #expect(statistics.json.jsonText == "{}")
  }

  @Test func hasQEMUsNamesInJSON() throws {
    var statistics = MigrationStatistics()
    statistics.status = .active
    statistics.totalTime = .microseconds(12_999)
    statistics.setupTime = .milliseconds(3)
    statistics.expectedDowntime = .milliseconds(300)
    statistics.throttlePercentage = 20
    statistics.ram.transferred = 5000
    statistics.ram.total = 1 << 20
    statistics.ram.remaining = 8192
    statistics.ram.normalPages = 2
    statistics.ram.pageSize = 4096
    statistics.ram.megabitsPerSecond = 1.5
    statistics.xbzrle = XBZRLEStatistics()
    statistics.xbzrle?.encodingRate = 2
    statistics.compression = CompressionStatistics()
    statistics.compression?.pages = 3
    statistics.compression?.compressedBytes = 60
    let text = """
      {"status": "active", "total-time": 12, "expected-downtime": 300, "setup-time": 3, \
      "ram": {"transferred": 5000, "remaining": 8192, "total": 1048576, "duplicate": 0, \
      "normal": 2, "normal-bytes": 8192, "dirty-pages-rate": 0, "mbps": 1.5, \
      "dirty-sync-count": 0, "postcopy-requests": 0, "page-size": 4096, "multifd-bytes": 0, \
      "pages-per-second": 0, "precopy-bytes": 0, "downtime-bytes": 0, "postcopy-bytes": 0, \
      "dirty-sync-missed-zero-copy": 0}, \
      "xbzrle-cache": {"cache-size": 0, "bytes": 0, "pages": 0, "cache-miss": 0, \
      "cache-miss-rate": 0, "encoding-rate": 2, "overflow": 0}, \
      "compression": {"pages": 3, "busy": 0, "busy-rate": 0, "compressed-size": 72, \
      "compression-rate": 0}, "cpu-throttle-percentage": 20}
      """
    #expect(statistics.json.jsonText == text)
  }

  @Test func printsWhatAnOwnerAsksFirst() throws {
    var statistics = MigrationStatistics()
    statistics.status = .completed
    statistics.totalTime = .milliseconds(40)
    statistics.downtime = .milliseconds(7)
    statistics.ram.megabitsPerSecond = 99.96
    statistics.ram.normalPages = 2
    statistics.ram.pageSize = 4096
    statistics.throttlePercentage = 30
    #expect(
      statistics.description == """
        completed after 40 ms, downtime 7 ms
        ram: 0 bytes sent of 0, 0 left; 2 pages of 4096 bytes with content, 0 of zeros
        rates: 100.0 Mbit/s, 0 pages/s; 0 pages/s dirtied, 0 looks at the dirty log
        throttle: 30 %
        """)
  }

  @Test func otherThreadsReadThemWhileTheSaveRuns() throws {
    let memory = try RAMFixture(pages: 2000)
    let progress = memory.handlers.progress
    let isOver = Stop()
    let seen = Guarded<[MigrationStatistics]>([])
    let reader = TestThread {
      while !isOver.isStopped {
        let now = progress.statistics
        seen.withLock { if $0.last != now { $0.append(now) } }
      }
    }
    try saver(memory, TestMachine()).save(to: MemoryChannel())
    isOver.stop()
    reader.join()
    let list = seen.withLock { $0 }
    for (earlier, later) in zip(list, list.dropFirst()) {
      #expect(later.ram.zeroPages >= earlier.ram.zeroPages)
    }
    #expect(progress.statistics.ram.zeroPages == 2000)
  }

  @Test func tellsHowASaveFailed() throws {
    let memory = try RAMFixture(pages: 100)
    #expect(throws: VMStateError.self) {
      try saver(memory, TestMachine()).save(to: LimitedChannel(after: 300))
    }
    #expect(memory.handlers.progress.statistics.status == .failed)
    let flag = CancellationFlag()
    flag.cancel()
    #expect(throws: VMStateError.self) {
      try saver(memory, TestMachine()).save(to: MemoryChannel(), cancellation: flag)
    }
    // The cancelled save ended before its setup: these are the earlier one's numbers.
    #expect(memory.handlers.progress.statistics.status == .failed)
  }

  @Test func measuresRatesInSlicesAndOverall() {
    var meter = BandwidthMeter(.none(), now: .zero, transferred: 0)
    var progress = SaveProgress()
    progress.dirtyPagesPerSecond = 1
    progress.dirtyBytesAtLastSync = 50_000
    var isOver = meter.update(now: .milliseconds(200), transferred: 10_001, pages: 30)
    #expect(isOver)
    progress.note(meter)
    #expect(progress.pagesPerSecond == 150 && progress.bytesPerSecond == 50_005)
    // 50000 bytes at 50.005 bytes a millisecond.
    #expect(progress.dirtyDowntime.wholeMilliseconds == 999)
    // A slice of few bytes does not count for it.
    isOver = meter.update(now: .milliseconds(300), transferred: 20_001, pages: 30)
    #expect(isOver)
    progress.note(meter)
    #expect(progress.pagesPerSecond == 0 && progress.dirtyDowntime.wholeMilliseconds == 999)
    progress.phase = .finished
    progress.elapsed = .milliseconds(12)
    progress.setupTime = .milliseconds(2)
    progress.transferredBytes = 37_645
    let live = LiveProgress()
    live.current = progress
    var source = StatisticsSource()
    source.live = live
    let statistics = MigrationStatistics(RAMProgress.Values(), source)
    #expect(statistics.ram.megabitsPerSecond == 37_645.0 * 8 / 10 / 1000)
    #expect(statistics.downtime == .zero && statistics.expectedDowntime == nil)
  }
}
