import CBaselines
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A rewind buffer that keeps every frame, beside C that copies the same pages.
///
/// Every contender dirties pages too; the time of that alone is taken off. Time is that of the
/// processor: nothing here waits, and a busy machine would count against the longer contender.
enum RewindBenchmarks {
  static func run(rounds: Int) throws {
    print("\nRewind, 1 % of the pages dirty a frame (median of \(rounds) rounds)\n")
    var table = Table(
      "frame", "C copy, hot", "C copy to a ring", "capture", "to hot", "to the ring", "step",
      "to the ring", "allocations")
    for (name, size, history, times, device) in [
      ("64 KiB", 64 << 10, 4 << 20, 4000, false),
      ("64 MiB", 64 << 20, 256 << 20, 40, false),
      ("64 KiB and a device", 64 << 10, 4 << 20, 1000, true),
      ("64 MiB and a device", 64 << 20, 256 << 20, 40, true),
    ] {
      let work = try RewindWork(
        size: size, history: history, device: device ? ReferenceDevice() : nil)
      work.warmUp()
      table.add([name] + cells(work, rounds, times))
      work.close()
    }
    print(table.text)
  }

  private static func cells(_ work: RewindWork, _ rounds: Int, _ times: Int) -> [String] {
    let timings = takeTurns(
      [work.run, work.runMarked, work.copyInPlace, work.copy, work.capture, work.step],
      rounds, times)
    let hot = net(timings[2], timings[0])
    let ring = net(timings[3], timings[0])
    let capture = net(timings[4], timings[1])
    return [
      decimal(median(hot), 0), decimal(median(ring), 0), decimal(median(capture), 0),
      ratio(capture, hot), ratio(capture, ring), decimal(median(timings[5]), 0),
      ratio(timings[5], ring), decimal(allocations(work), 2),
    ]
  }

  /// Nanoseconds of one piece of work, for each contender and round.
  private static func takeTurns(
    _ contenders: [(Int) -> Void], _ rounds: Int, _ count: Int
  ) -> [[Double]] {
    var result = contenders.map { _ in [Double]() }
    for round in 0...rounds {
      for (index, body) in contenders.enumerated() {
        let before = processorTime()
        body(count)
        // The first round warms up.
        if round > 0 { result[index].append((processorTime() - before) / Double(count)) }
      }
    }
    return result
  }

  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }

  private static func net(_ whole: [Double], _ part: [Double]) -> [Double] {
    zip(whole, part).map { $0 - $1 }
  }

  private static func ratio(_ one: [Double], _ other: [Double]) -> String {
    times(median(zip(one, other).map { $0 / $1 }))
  }

  /// Allocations of one more frame and one more step, told from those of a batch.
  private static func allocations(_ work: RewindWork) -> Double {
    func count(_ times: Int) -> UInt64 {
      let before = bl_allocations()
      work.capture(times)
      work.step(times)
      return bl_allocations() - before
    }
    _ = count(32)
    let few = count(16)
    return (Double(count(216)) - Double(few)) / 200
  }
}
