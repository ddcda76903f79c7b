/// Nanoseconds in a second.
let nanosecondsPerSecond: UInt64 = 1_000_000_000

/// `value * numerator / denominator`, rounded down, with a 128-bit product; a quotient that
/// does not fit becomes the largest value. `denominator` must not be 0.
func scaled(_ value: UInt64, by numerator: UInt64, over denominator: UInt64) -> UInt64 {
  let product = value.multipliedFullWidth(by: numerator)
  guard product.high < denominator else { return .max }
  return denominator.dividingFullWidth(product).quotient
}

/// Like `scaled`, rounded up.
func scaledUp(_ value: UInt64, by numerator: UInt64, over denominator: UInt64) -> UInt64 {
  let product = value.multipliedFullWidth(by: numerator)
  guard product.high < denominator else { return .max }
  let (quotient, remainder) = denominator.dividingFullWidth(product)
  return remainder == 0 || quotient == .max ? quotient : quotient + 1
}

/// Nanoseconds from one moment to a later one; 0 if it is not later.
func elapsed(from start: Int64, to now: Int64) -> UInt64 {
  now > start ? UInt64(bitPattern: now &- start) : 0
}

/// A moment that many nanoseconds later; the end of time if it lies beyond.
func moment(_ start: Int64, plus nanoseconds: UInt64) -> Int64 {
  let room = UInt64(bitPattern: Int64.max &- start)
  return nanoseconds > room ? .max : Int64(bitPattern: UInt64(bitPattern: start) &+ nanoseconds)
}
