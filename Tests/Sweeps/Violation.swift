/// Something that must not happen, with everything needed to see it again.
struct Violation: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Splits work over processes, so that each has its own memory, signals and clock.
enum Workers {
  /// Runs `body` once in each of some child processes.
  ///
  /// - Parameter body: Gets the child's number and the number of children; its result is
  ///   added up over all of them.
  /// - Returns: The sums.
  static func run(
    _ count: Int = System.processorCount, sums: Int,
    _ body: (_ index: Int, _ of: Int) throws -> [Int]
  ) throws -> [Int] {
    let results = SharedMemory(count: count * sums * 8)
    let children = (0..<count).map { index -> Int32 in
      let child = System.fork()
      if child == 0 { run(index, count, results, sums, body) }
      return child
    }
    let failed = children.map(System.wait).filter { $0 != 0 }
    if let first = failed.first { throw Violation("a part of the sweep ended with \(first)") }
    let numbers = results.bytes.bindMemory(to: Int.self)
    return (0..<sums).map { sum in (0..<count).reduce(0) { $0 + numbers[$1 * sums + sum] } }
  }

  private static func run(
    _ index: Int, _ count: Int, _ results: SharedMemory, _ sums: Int,
    _ body: (_ index: Int, _ of: Int) throws -> [Int]
  ) -> Never {
    do {
      let numbers = try body(index, count)
      for (place, number) in numbers.prefix(sums).enumerated() {
        results.base.storeBytes(
          of: number, toByteOffset: (index * sums + place) * 8, as: Int.self)
      }
      leave(0)
    } catch {
      System.print("VIOLATION: \(error)")
      leave(1)
    }
  }
}
