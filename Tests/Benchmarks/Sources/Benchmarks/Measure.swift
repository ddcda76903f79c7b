/// One way of doing a piece of work.
struct Contender {
  let name: String
  /// A slow contender does the work this many times less often.
  var thinning = 1
  /// Does the work a number of times.
  let body: (_ times: Int) -> Void
}

/// The times of contenders that took turns.
struct Timings {
  /// Nanoseconds for one piece of work, for each contender and round.
  let rounds: [[Double]]

  /// The median time of one contender.
  func nanoseconds(_ contender: Int) -> Double { median(rounds[contender]) }

  /// How many times faster than `other` a contender is: the median of the rounds' ratios, so
  /// that a slow spell of the machine, which hits both, falls out.
  func speed(of contender: Int, over other: Int) -> Double {
    median(zip(rounds[other], rounds[contender]).map { $0 / $1 })
  }
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Nanoseconds of a call.
func nanoseconds(_ body: () -> Void) -> Double {
  let parts = ContinuousClock().measure(body).components
  return Double(parts.seconds) * 1e9 + Double(parts.attoseconds) / 1e9
}

/// Lets all contenders take turns, once unmeasured.
func measure(_ contenders: [Contender], rounds: Int, times: Int) -> Timings {
  for contender in contenders { contender.body(max(1, times / 4 / contender.thinning)) }
  var result = contenders.map { _ in [Double]() }
  for _ in 0..<rounds {
    for (index, contender) in contenders.enumerated() {
      let own = max(1, times / contender.thinning)
      result[index].append(nanoseconds { contender.body(own) } / Double(own))
    }
  }
  return Timings(rounds: result)
}
