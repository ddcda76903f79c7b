import TestSupport
import Testing
import VMState

@Suite struct TransferCountersTests {
  @Test func countsWhatChannelsTookAndNotWhatIsQueued() throws {
    let counters = TransferCounters()
    var first = StreamWriter(MemoryChannel(), counters: counters)
    var second = StreamWriter(MemoryChannel(), counters: counters)
    first.put(UInt64(1))
    second.put(UInt32(1))
    #expect(counters.transferred == 0)
    try first.flush()
    #expect(counters.transferred == 8)
    try second.flush()
    #expect(counters.transferred == 12)
  }

  @Test func limitsTheBytesOfOneWindow() {
    let counters = TransferCounters()
    counters.add(1000)
    counters.limitPerWindow = 100
    counters.restartWindow()
    #expect(!counters.isRateExceeded)
    counters.add(100)
    #expect(!counters.isRateExceeded, "the limit itself is allowed")
    counters.add(1)
    #expect(counters.isRateExceeded)
    counters.restartWindow()
    #expect(!counters.isRateExceeded)
  }

  @Test func knowsNoLimitAtZero() {
    let counters = TransferCounters()
    counters.add(.max)
    #expect(!counters.isRateExceeded)
  }

  @Test func neverReportsAWindowThatIsRestartedMeanwhileAsExceeded() {
    let counters = TransferCounters()
    counters.limitPerWindow = 1 << 40
    let writer = TestThread {
      for _ in 0..<100_000 {
        counters.add(1)
        counters.restartWindow()
      }
    }
    var wrong = 0
    for _ in 0..<100_000 where counters.isRateExceeded { wrong += 1 }
    writer.join()
    #expect(wrong == 0)
  }
}
