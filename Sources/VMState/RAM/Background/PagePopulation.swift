/// Makes the system enter pages that were never touched into its tables.
enum PagePopulation {
  /// Reads a byte of each page of the host.
  @inline(never)
  @discardableResult
  static func read(_ start: UnsafeRawPointer, count: Int) -> UInt8 {
    var sum: UInt8 = 0
    for offset in stride(from: 0, to: count, by: AnonymousMapping.hostPageSize) {
      sum |= (start + offset).load(as: UInt8.self)
    }
    return sum
  }
}
