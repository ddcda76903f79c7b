import TestSupport
import VMState
import VMStateInspect

/// Damaged files of every kind, looked at in every way of the tool: an error or a result, and
/// what is written again is the stream again; never a trap, a walk that does not end, or memory
/// above a bound.
struct WalkSweep {
  /// What damaged files may take beyond the whole ones: a field, a description and the held
  /// sections at their limits, and some room.
  static let memoryRoom = 96 << 20

  private let seed: UInt64
  private var whole = 0
  private var broken = 0
  private var refused = 0

  static func run(_ arguments: Arguments) throws {
    let total = arguments.count ?? 10_000
    for (number, kind) in FileKind.all.enumerated() where arguments.matches(kind.name) {
      let count = max(1, total / kind.share)
      let start = System.seconds
      let sums = try Workers.run(sums: 4) { index, workers in
        var sweep = WalkSweep(seed: arguments.seed)
        return try sweep.sweep(kind, number, (count + workers - 1) / workers, index)
      }
      System.print(
        "walks: \(kind.name): \(sums[0] + sums[1] + sums[2]) damaged files: \(sums[0]) whole all "
          + "the same, \(sums[1]) with problems found, \(sums[2]) refused; at most "
          + "\(sums[3] >> 20) MiB more, all processes together; "
          + "\(Int((System.seconds - start) * 10)) tenths of a second")
    }
  }

  private init(seed: UInt64) { self.seed = seed }

  private mutating func sweep(
    _ kind: FileKind, _ number: Int, _ rounds: Int, _ index: Int
  ) throws -> [Int] {
    Watch.start(seed: seed)
    let sets = try kind.sets()
    guard !sets.isEmpty else { throw Violation("no files of kind \(kind.name)") }
    for files in sets {
      for view in FileView.allCases {
        let outcome = try look(files, view, "whole \(kind.name)")
        guard outcome != .broken || view == .pipe || kind.hasUnknownSections else {
          throw Violation("\(kind.name): a file that is whole has problems, \(view)")
        }
      }
    }
    (whole, broken, refused) = (0, 0, 0)
    let before = System.peakMemory
    for round in 0..<rounds {
      var generator = SeededGenerator(
        seed: seed &+ UInt64(number << 40 | index << 32 | round) &* 0x9E37_79B9)
      Watch.enter("walks", stream: number, case: round)
      var files = sets[round % sets.count]
      let place = Int.random(in: files.indices, using: &generator)
      files[place] = Damage.make(files[place], &generator)
      let view = FileView.allCases[round / sets.count % FileView.allCases.count]
      let note = "\(kind.name), seed \(seed), process \(index), round \(round), \(view)"
      switch try look(files, view, note) {
      case .whole: whole += 1
      case .broken: broken += 1
      case .refused: refused += 1
      }
    }
    let used = System.peakMemory - before
    guard used <= Self.memoryRoom else {
      throw Violation("\(kind.name), seed \(seed): damaged files take \(used >> 20) MiB more")
    }
    Watch.leave()
    return [whole, broken, refused, used]
  }

  private func look(
    _ files: [[UInt8]], _ view: FileView, _ note: String
  ) throws -> FileView.Outcome {
    do {
      return try view.look(at: files, note)
    } catch let error as VMStateError {
      // Everything that is said must be fit to be printed.
      guard !"\(error)".isEmpty else { throw Violation("\(note): an error without words") }
      return .refused
    }
  }
}

/// Damage as it comes to files.
enum Damage {
  /// Flipped bits, a cut, a piece left out, a piece twice, or a wild number; half of it near the
  /// beginning, where containers keep their tables.
  static func make(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
      let isEarly = Bool.random(using: &generator)
      let room = isEarly ? min(bytes.count, 4096) : bytes.count
      let place = Int.random(in: 0..<room, using: &generator)
      let end = min(bytes.count, place + Int.random(in: 1...9000, using: &generator))
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3...5:
        for index in place..<min(end, place + 8) {
          bytes[index] = .random(in: 0...255, using: &generator)
        }
      case 6: bytes[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
      default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
    }
    return bytes
  }
}
