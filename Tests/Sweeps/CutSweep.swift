import TestSupport
import VMState

/// Streams that end too early: each is refused with a place, and nothing has changed.
struct CutSweep {
  /// Every byte up to here, then every 97th.
  static let everyByte = 4096
  /// Longer streams are cut by doubling the process.
  static let longest = 2 << 20

  /// Up to here a load of its own costs less than doubling the process.
  static let early = 256 << 10

  /// The cuts of a stream up to its EOF byte.
  static func cuts(_ end: Int) -> [Int] {
    let first = Array(0..<min(end + 1, end < 65536 ? .max : everyByte))
    return first + stride(from: everyByte, through: end, by: 97).drop { $0 < first.count }
  }

  private let index: Int
  private let workers: Int

  static func run(_ arguments: Arguments) throws {
    let names = try Fixture.plainStreams().filter(arguments.matches)
    let sums = try Workers.run(sums: 3) { index, workers in
      try CutSweep(index: index, workers: workers).sweep(names, arguments)
    }
    System.print(
      "cuts: \(names.count + (arguments.matches("small") ? 3 : 0)) streams, \(sums[0]) cuts "
        + "refused and nothing changed, \(sums[1]) of them by doubling the process; "
        + "\(sums[2]) damages after the end accepted or, strict, refused")
  }

  private func sweep(_ names: [String], _ arguments: Arguments) throws -> [Int] {
    Watch.start(seed: arguments.seed)
    System.stay(on: index)
    var sums = [0, 0, 0]
    if arguments.matches("small") {
      for (number, profile) in [StreamProfile.qemu7_2, .qemu10_0, .qemu11_1].enumerated() {
        try sweepSmall(profile, number, arguments.seed, &sums)
      }
    }
    for (number, name) in names.enumerated() { try sweep(try RecordedStream(name), number, &sums) }
    Watch.leave()
    return sums
  }

  private func sweepSmall(
    _ profile: StreamProfile, _ number: Int, _ seed: UInt64, _ sums: inout [Int]
  ) throws {
    let bytes = try SmallMachine(seed: seed, profile: profile).save()
    let subject = try SmallMachine(seed: seed &+ 99, profile: profile)
    try subject.expect(bytes)
    for cut in Self.cuts(subject.end) where cut % workers == index {
      Watch.enter("cuts of a small machine", stream: number, case: cut)
      try check(cut, subject, subject.load(PrefixChannel(subject.stream, count: cut)))
      sums[0] += 1
    }
    guard index == 0 else { return }
    if let error = subject.load(PrefixChannel(subject.stream, count: bytes.count)) {
      throw Violation("\(subject.name): the whole stream is refused: \(error)")
    }
  }

  private func sweep(
    _ recorded: RecordedStream, _ number: Int, _ sums: inout [Int]
  ) throws {
    let usesDevices = number % 2 == 0
    let subject = try RecordedMachine(recorded, usesDevices: usesDevices)
    let cuts = Self.cuts(recorded.end).enumerated().filter { $0.offset % workers == index }
    let places = cuts.map(\.element)
    let isLong = recorded.bytes.count > Self.longest
    let early = places.prefix { !isLong || $0 < Self.early }
    for cut in early {
      Watch.enter("cuts", stream: number, case: cut)
      try check(cut, subject, subject.load(PrefixChannel(recorded.bytes, count: cut)))
    }
    sums[0] += places.count
    if let difference = subject.memoryDifference() {
      throw Violation("\(recorded.name), after all cuts: \(difference)")
    }
    sums[2] += try sweepTrailer(recorded, usesDevices, number)
    if isLong {
      let late = Array(places[early.endIndex...])
      sums[1] += late.count
      return try sweepDoubling(late, recorded, usesDevices, number)
    }
    guard index == number % workers else { return }
    if let error = subject.load(PrefixChannel(recorded.bytes, count: recorded.bytes.count)) {
      throw Violation("\(recorded.name): the whole stream is refused: \(error)")
    }
  }

  /// Ends with the whole stream, which the machine takes.
  private func sweepDoubling(
    _ places: [Int], _ recorded: RecordedStream, _ usesDevices: Bool, _ number: Int
  ) throws {
    Watch.leave()
    let channel = ForkingChannel(recorded.bytes, cuts: places)
    // A new one is all in one place: a child process touches fewer pages.
    let machine = try RecordedMachine(recorded, usesDevices: usesDevices)
    machine.prepareForDoubling()
    System.trimMemory()
    let error = machine.load(channel)
    guard let cut = channel.cut else {
      if channel.failed != 0 { throw Violation("\(machine.name): a cut ended badly") }
      if let error { throw Violation("\(machine.name): the whole stream is refused: \(error)") }
      return
    }
    do {
      Watch.enter("cuts by doubling", stream: number, case: cut)
      try check(cut, machine, error, isDoubled: true)
      leave(0)
    } catch {
      System.print("VIOLATION: \(error)")
      leave(1)
    }
  }

  /// Cuts inside the JSON description: a strict load refuses them, another one accepts them.
  private func sweepTrailer(
    _ recorded: RecordedStream, _ usesDevices: Bool, _ number: Int
  ) throws -> Int {
    let subject = try RecordedMachine(recorded, usesDevices: usesDevices)
    var loader = subject.loader
    loader.options.isStrict = true
    var count = 0
    let step = max(1, (recorded.bytes.count - recorded.end) / 64)
    for cut in stride(from: recorded.end + 2, to: recorded.bytes.count, by: step) {
      Watch.enter("cuts in the description", stream: number, case: cut)
      do throws(VMStateError) {
        try loader.load(from: PrefixChannel(recorded.bytes, count: cut))
        throw VMStateError(.validationFailed, "a strict load takes a stream cut at \(cut)")
      } catch {
        if error.code == .validationFailed { throw Violation("\(recorded.name): \(error)") }
        try check(cut, subject, error)
      }
      count += 1
    }
    return count
  }

  private func check(
    _ cut: Int, _ subject: some Subject, _ error: VMStateError?, isDoubled: Bool = false
  ) throws {
    func wrong(_ what: String) -> Violation {
      Violation("\(subject.name), cut at \(cut): \(what)")
    }
    guard let error else { throw wrong("the load completes") }
    guard let offset = error.offset else { throw wrong("the error has no offset: \(error)") }
    guard offset <= UInt64(cut) else { throw wrong("the error is past the end: \(error)") }
    if error.code == .endOfStream, offset != UInt64(cut) {
      throw wrong("the error names another end: \(error)")
    }
    guard !error.path.isEmpty else { throw wrong("the error has no path: \(error)") }
    // In a child process every page that is looked at costs a copy: there most look at what
    // tells of a commit, and memory is read-only.
    let looksAtAll = !isDoubled || cut % 32 == 0
    let difference =
      looksAtAll ? subject.difference() : subject.hasCommitted ? "committed" : nil
    if let difference { throw wrong(difference) }
  }
}
