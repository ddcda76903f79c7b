import TestSupport
import VMState

/// Streams with flipped bits: a load is refused and nothing has changed, or it completes;
/// never a trap, a load that does not end, or memory above the limits.
struct FlipSweep {
  /// What a load may take beyond a good one: all that `Limits.tight` grants, and some room.
  static let memoryRoom = 96 << 20

  private let seed: UInt64
  /// Loads of each stream in this process.
  private let rounds: Int
  private let index: Int
  private var refused = 0
  private var completed = 0

  static func run(_ arguments: Arguments) throws {
    let total = arguments.count ?? 10_000
    let names = try Fixture.plainStreams().filter(arguments.matches)
    let small = arguments.matches("small") ? [StreamProfile.qemu7_2, .qemu10_0, .qemu11_1] : []
    let sums = try Workers.run(sums: 3) { index, workers in
      let streams = max(1, names.count + small.count)
      let rounds = (total + streams * workers - 1) / (streams * workers)
      var sweep = FlipSweep(seed: arguments.seed, rounds: rounds, index: index)
      return try sweep.sweep(names, small)
    }
    System.print(
      "flips: \(sums[0] + sums[1]) loads, \(sums[0]) refused and nothing changed, \(sums[1]) "
        + "completed; at most \(sums[2] >> 20) MiB above good loads, all processes together")
  }

  private init(seed: UInt64, rounds: Int, index: Int) {
    self.seed = seed
    self.rounds = rounds
    self.index = index
  }

  private mutating func sweep(
    _ names: [String], _ small: [StreamProfile]
  ) throws -> [Int] {
    Watch.start(seed: seed)
    var room = 0
    for (number, profile) in small.enumerated() {
      let seed = seed
      let bytes = try SmallMachine(seed: seed, profile: profile).save()
      room = max(
        room,
        try sweep(number, from: 0) { _ in
          let machine = try SmallMachine(seed: seed &+ 99, profile: profile)
          try machine.expect(bytes)
          return machine
        })
    }
    for (number, name) in names.enumerated() {
      let recorded = try RecordedStream(name)
      let used = try sweep(number + small.count, from: recorded.firstDevice) {
        try RecordedMachine(recorded, usesDevices: true, after: $0)
      }
      room = max(room, used)
    }
    Watch.leave()
    return [refused, completed, room]
  }

  /// - Parameters:
  ///   - first: Where the device sections begin; every second load has its flips there.
  ///   - make: A machine that is as before; gets the one whose place it takes.
  /// - Returns: Bytes of memory above a good load.
  private mutating func sweep<Machine: Subject>(
    _ number: Int, from first: Int, make: (Machine?) throws -> Machine
  ) throws -> Int {
    var subject = try make(nil)
    if let error = subject.load(PrefixChannel(subject.stream, count: subject.stream.count)) {
      throw Violation("\(subject.name): the whole stream is refused: \(error)")
    }
    subject = try make(subject)
    let before = System.peakMemory
    for round in 0..<rounds {
      var generator = SeededGenerator(
        seed: seed &+ UInt64(number << 40 | index << 32 | round) &* 0x9E37_79B9)
      let start = Bool.random(using: &generator) ? first : 0
      let bits = Self.bits(in: start..<subject.stream.count, &generator)
      Watch.enter("flips", stream: number, case: round)
      if try load(subject, bits, round) { subject = try make(subject) }
    }
    let used = System.peakMemory - before
    guard used <= Self.memoryRoom else {
      throw Violation(
        "\(subject.name), seed \(seed): loads take \(used >> 20) MiB more than a good one")
    }
    return used
  }

  /// Usually one bit, sometimes up to 64.
  private static func bits(
    in range: Range<Int>, _ generator: inout SeededGenerator
  ) -> [(byte: Int, mask: UInt8)] {
    let count = 1 << max(0, Int.random(in: -6...6, using: &generator))
    return (0..<count).map { _ in
      (Int.random(in: range, using: &generator), 1 << UInt8.random(in: 0...7, using: &generator))
    }
  }

  /// True if the load completed.
  private mutating func load(
    _ subject: any Subject, _ bits: [(byte: Int, mask: UInt8)], _ round: Int
  ) throws -> Bool {
    let stream = subject.stream
    func flip() { for (byte, mask) in bits { stream.flip(mask, at: byte) } }
    flip()
    defer { flip() }
    guard let error = subject.load(PrefixChannel(stream, count: stream.count)) else {
      completed += 1
      subject.exercise(seed: seed &+ UInt64(round))
      return true
    }
    refused += 1
    func wrong(_ what: String) -> Violation {
      let places = bits.map { "\($0.byte)^\($0.mask)" }.joined(separator: " ")
      return Violation(
        "\(subject.name), seed \(seed), process \(index), round \(round), bits \(places): "
          + "\(what); the load says: \(error)")
    }
    guard error.offset != nil, !error.path.isEmpty else { throw wrong("no offset or no path") }
    if let difference = subject.difference() { throw wrong(difference) }
    return false
  }
}

extension SharedMemory {
  func flip(_ mask: UInt8, at offset: Int) {
    let byte = base.load(fromByteOffset: offset, as: UInt8.self)
    base.storeBytes(of: byte ^ mask, toByteOffset: offset, as: UInt8.self)
  }
}
