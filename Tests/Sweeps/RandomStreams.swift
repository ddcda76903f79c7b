import TestSupport
import VMState

/// Streams put together from true and made-up parts in any order.
struct RandomStreams {
  /// Where the parts of a good stream are.
  private final class Parts: TransferObserver {
    var sections: [(kind: SectionKind, name: String, offset: Int)] = []
    var lengths: [Int] = []
    func observe(_ event: TransferEvent) {
      switch event {
      case .section(let kind, let name, _, _, _, let offset) where kind != .command:
        sections.append((kind, name, Int(offset)))
      case .sectionEnd(_, _, _, let length): lengths.append(Int(length))
      default: break
      }
    }
  }

  private let good: [UInt8]
  private let sections: [[UInt8]]
  private var generator: SeededGenerator

  static func run(_ arguments: Arguments) throws {
    let total = arguments.count ?? 20_000
    let sums = try Workers.run(sums: 2) { index, workers in
      Watch.start(seed: arguments.seed)
      var sums = [0, 0]
      for (number, profile) in [StreamProfile.qemu7_2, .qemu10_0, .qemu11_1].enumerated() {
        let rounds = (total + 3 * workers - 1) / (3 * workers)
        try sweep(profile, number, rounds, index, arguments.seed, &sums)
      }
      Watch.leave()
      return sums
    }
    System.print(
      "random-streams: \(sums[0] + sums[1]) streams, \(sums[0]) refused and nothing changed, "
        + "\(sums[1]) accepted")
  }

  private static func sweep(
    _ profile: StreamProfile, _ number: Int, _ rounds: Int, _ index: Int, _ seed: UInt64,
    _ sums: inout [Int]
  ) throws {
    let good = try SmallMachine(seed: seed, profile: profile, pages: 2).save()
    func make() throws -> SmallMachine {
      let machine = try SmallMachine(seed: seed &+ 99, profile: profile, pages: 2)
      try machine.expect(good)
      return machine
    }
    let parts = Parts()
    if let error = try make().load(MemoryChannel(good), observer: parts) {
      throw Violation("the whole stream is refused: \(error)")
    }
    let memory = System.peakMemory
    var subject = try make()
    for round in 0..<rounds {
      let own = seed &+ UInt64(number << 40 | index << 32 | round) &* 0x9E37_79B9
      var streams = RandomStreams(good, parts, own)
      let bytes = streams.next()
      Watch.enter("random streams", stream: number, case: round)
      if try load(bytes, subject, "seed \(seed), process \(index), round \(round)") {
        sums[0] += 1
      } else {
        sums[1] += 1
        subject = try make()
      }
    }
    guard System.peakMemory - memory <= FlipSweep.memoryRoom else {
      throw Violation("seed \(seed): the loads take \((System.peakMemory - memory) >> 20) MiB")
    }
  }

  /// True if the stream was refused.
  private static func load(
    _ bytes: [UInt8], _ subject: SmallMachine, _ note: String
  ) throws -> Bool {
    guard let error = subject.load(MemoryChannel(bytes)) else { return false }
    guard error.offset != nil, !error.path.isEmpty else {
      throw Violation("\(note): no offset or no path: \(error)")
    }
    if let difference = subject.difference() {
      throw Violation("\(note): \(difference) after \(error)")
    }
    return true
  }

  private init(_ good: [UInt8], _ parts: Parts, _ seed: UInt64) {
    self.good = good
    sections = zip(parts.sections, parts.lengths).map {
      Array(good[$0.offset..<$0.offset + $1])
    }
    generator = SeededGenerator(seed: seed)
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &generator) < percent
  }

  private mutating func next() -> [UInt8] {
    // Header and configuration end where the first section begins.
    let head = good.firstRange(of: sections[0]).map(\.lowerBound) ?? 8
    var bytes = chance(95) ? Array(good[..<head]) : mutated(Array(good[..<head]))
    if chance(80) { bytes += sections[0] }
    for _ in 0..<Int.random(in: 0...8, using: &generator) { bytes += element() }
    if chance(70) { bytes.append(0) }
    if chance(50) { bytes += trailer() }
    return bytes
  }

  private mutating func element() -> [UInt8] {
    let section = sections[Int.random(in: 0..<sections.count, using: &generator)]
    switch Int.random(in: 0..<10, using: &generator) {
    case 0...3: return section
    case 4: return mutated(section)
    case 5: return Array(section.prefix(Int.random(in: 0...section.count, using: &generator)))
    case 6: return ram()
    case 7: return command()
    case 8: return header() + noise(64)
    default: return noise(16)
    }
  }

  private mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let values: [UInt8] = [0, 1, 5, 0x30, 0x7E, 0x7F, 0x80, 0xFF]
      bytes[place] = values.randomElement(using: &generator) ?? 0
      if chance(10) { bytes.removeSubrange(place...) }
    }
    return bytes
  }

  private mutating func noise(_ longest: Int) -> [UInt8] {
    (0..<Int.random(in: 0...longest, using: &generator)).map { _ in
      chance(50) ? 0 : UInt8(truncatingIfNeeded: generator.next())
    }
  }

  private mutating func number(_ width: Int) -> [UInt8] {
    let values: [UInt64] = [0, 1, 2, 3, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, .max, .max / 2]
    let value = chance(70) ? values.randomElement(using: &generator) ?? 0 : generator.next()
    return (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }

  private mutating func name() -> [UInt8] {
    let names = ["ram", "live", "small", "0000:00:03.0/early", "early", "pair", "old", "last", ""]
    let text = chance(90) ? Array((names.randomElement(using: &generator) ?? "").utf8) : noise(255)
    return [UInt8(text.count)] + text
  }

  private mutating func header() -> [UInt8] {
    let kind: UInt8 = chance(50) ? 4 : UInt8.random(in: 0...8, using: &generator)
    if kind == 2 || kind == 3 { return [kind] + number(4) }
    return [kind] + number(4) + name() + number(4) + number(4)
  }

  private mutating func command() -> [UInt8] {
    let number = UInt8.random(in: 0...13, using: &generator)
    return [8, 0, number] + self.number(2) + noise(20)
  }

  /// A section of RAM records of all kinds.
  private mutating func ram() -> [UInt8] {
    var bytes: [UInt8] = [UInt8.random(in: 2...3, using: &generator), 0, 0, 0, 0]
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let flags = UInt64.random(in: 0..<0x400, using: &generator)
      let usual: [UInt64] = [0x02, 0x08, 0x22, 0x28, 0x04, 0x10]
      let word = chance(80) ? usual.randomElement(using: &generator) ?? 0 : flags
      let offset = chance(80) ? UInt64.random(in: 0..<8, using: &generator) << 12 : generator.next()
      let value = offset & ~0xFFF | word
      bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
      if word & 0x20 == 0, chance(90) { bytes += block() }
      if word & 8 != 0 { bytes += [UInt8](repeating: 7, count: 4096) }
      if word & 2 != 0 { bytes.append(0) }
      if word & 4 != 0 { bytes += block() + number(8) }
    }
    return bytes + [0, 0, 0, 0, 0, 0, 0, 0x10, 0x7E, 0, 0, 0, 0]
  }

  private mutating func block() -> [UInt8] {
    let text = Array(
      (["main", "fresh", "rom", "none"].randomElement(using: &generator) ?? "").utf8)
    return [UInt8(text.count)] + text
  }

  private mutating func trailer() -> [UInt8] {
    chance(50) ? [6] + number(4) + noise(100) : noise(40)
  }
}
