import TestSupport
import VMState
import VMStateInspect

/// Damaged files walked piece by piece: whatever is in them, the pieces written one after
/// another are the file again; never a trap, a walk that does not end, or memory above a bound.
struct WalkSweep {
  /// What walks of damaged files may take beyond those of the whole ones: a field, a
  /// description and the held sections at their limits, and some room.
  static let memoryRoom = 96 << 20

  private let seed: UInt64
  private var broken = 0
  private var whole = 0

  static func run(_ arguments: Arguments) throws {
    let total = arguments.count ?? 10_000
    let names = try Fixture.manifest().filter { $0.size < 6 << 20 }.map(\.name)
      .filter(arguments.matches)
    let sums = try Workers.run(sums: 2) { index, workers in
      var sweep = WalkSweep(seed: arguments.seed)
      let rounds = (total + names.count * workers - 1) / max(1, names.count * workers)
      return try sweep.sweep(names, rounds, index)
    }
    System.print(
      "walks: \(sums[0] + sums[1]) damaged files, \(sums[0]) with problems found; "
        + "all of them written again byte for byte")
  }

  private init(seed: UInt64) { self.seed = seed }

  private mutating func sweep(_ names: [String], _ rounds: Int, _ index: Int) throws -> [Int] {
    Watch.start(seed: seed)
    for (number, name) in names.enumerated() {
      let bytes = try Fixture.stream(name)
      try walk(bytes, name)
      let before = System.peakMemory
      for round in 0..<rounds {
        var generator = SeededGenerator(
          seed: seed &+ UInt64(number << 40 | index << 32 | round) &* 0x9E37_79B9)
        Watch.enter("walks", stream: number, case: round)
        try walk(Self.damaged(bytes, &generator), "\(name), process \(index), round \(round)")
      }
      let used = System.peakMemory - before
      guard used <= Self.memoryRoom else {
        throw Violation("\(name), seed \(seed): walks take \(used >> 20) MiB more")
      }
    }
    Watch.leave()
    return [broken, whole]
  }

  /// Flipped bits, a cut, a piece left out, a piece twice, or a wild number.
  private static func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &generator)
      let end = min(bytes.count, place + Int.random(in: 1...9000, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3:
        for index in place..<min(end, place + 8) {
          bytes[index] = .random(in: 0...255, using: &generator)
        }
      default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
    }
    return bytes
  }

  private mutating func walk(_ bytes: [UInt8], _ name: String) throws {
    let source = MemoryChannel(bytes)
    let target = ComparingChannel(with: source)
    let result = try Reencoder.reencode(source, to: target)
    if result.problems.isEmpty { whole += 1 } else { broken += 1 }
    func wrong(_ what: String) -> Violation {
      Violation("\(name), seed \(seed), \(bytes.count) bytes: \(what); \(result.problems)")
    }
    if let difference = target.difference { throw wrong("differs at \(difference.offset)") }
    guard result.length == UInt64(bytes.count) else { throw wrong("ends at \(result.length)") }
    for problem in result.problems where problem.error.offset == nil {
      throw wrong("no offset: \(problem.error)")
    }
  }
}
