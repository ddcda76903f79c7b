import DeviceModels
import TestSupport
import Testing
import VMState
import VMStateInspect

/// Streams that carry their own sums.
@Suite struct IntegrityTests {
  private func machine(seed: UInt64 = 1) throws -> ExampleMachine {
    var options = ExampleMachine.Options()
    options.memoryBytes = 1 << 20
    options.hotBytes = 1 << 18
    options.seconds = 1_800_000_000
    options.seed = seed
    return try ExampleMachine(options)
  }

  private func save(
    _ machine: ExampleMachine, _ integrity: IntegrityOptions?
  ) throws -> [UInt8] {
    let channel = MemoryChannel()
    var saver = machine.saver
    saver.options.integrity = integrity
    saver.options.maximumBandwidth = 0
    try saver.save(to: channel)
    return channel.bytes
  }

  private func load(
    _ bytes: [UInt8], _ check: IntegrityCheck = .whenPresent, from channel: (any ByteChannel)? = nil
  ) throws -> LoadResult {
    var loader = try machine(seed: 2).loader
    loader.options.integrity = check
    return try loader.load(from: channel ?? MemoryChannel(bytes))
  }

  @Test func aLiveSaveCarriesSumsThatHold() throws {
    let source = try machine()
    source.fillMemory(0x2000..<1 << 19, seed: 3)
    try source.start()
    let bytes = try save(source, IntegrityOptions(isStrong: true))
    let sums = try #require(try load(bytes).integrity)
    #expect(sums.sections.count > 20)
    for section in sums.sections {
      let part = bytes[Int(section.offset)..<Int(section.offset + section.length)]
      #expect(CRC32C(of: Array(part)).value == section.crc, "\(section.idstr)")
    }
    var whole = SHA256()
    bytes[..<Int(sums.length)].withUnsafeBytes { whole.update($0) }
    #expect(sums.sha256 == whole.text)
  }

  @Test func saysWhatTheSavedSectionsAreCalled() throws {
    let bytes = try save(machine(), IntegrityOptions())
    let sums = try #require(try load(bytes).integrity)
    let walked = StreamWalk.collect(MemoryChannel(bytes))
    let sections = walked.elements.compactMap { element -> WalkedSection? in
      guard case .section(let section) = element else { return nil }
      return section
    }
    #expect(sums.sections.map(\.idstr) == sections.map(\.idstr))
    #expect(sums.sections.map(\.offset) == sections.map(\.offset))
    #expect(sums.sections.map(\.length) == sections.map(\.length))
    #expect(walked.error == nil)
  }

  @Test func refusesAFlippedBitAnywhereBeforeTheEnd() throws {
    let bytes = try save(machine(), IntegrityOptions())
    let length = try #require(try load(bytes).integrity?.length)
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    // A load that is refused leaves the machine as it was: one serves for all of them.
    let target = try machine(seed: 2)
    for round in 0..<30 {
      var damaged = bytes
      let place = round == 0 ? Int(length) - 1 : Int.random(in: 0..<Int(length), using: &random)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let error = #expect(throws: VMStateError.self, "byte \(place)") {
        try target.loader.load(from: MemoryChannel(damaged))
      }
      #expect(error?.offset != nil)
    }
  }

  @Test func looksAtSumsWhereTheyAreWanted() throws {
    let plain = try save(machine(), nil)
    #expect(try load(plain).integrity == nil)
    let error = #expect(throws: VMStateError.self) { try load(plain, .required) }
    #expect(error?.code == .integrity)
    let summed = try save(machine(), IntegrityOptions())
    #expect(try load(summed, .never).integrity == nil)
    // Nothing is known beforehand of a stream without positions.
    let piped = try load(summed, from: OneWay(summed))
    #expect(piped.integrity == nil)
    #expect(try load(summed, .required, from: OneWay(summed)).integrity != nil)
  }

  @Test func namesFilesBesideTheStream() throws {
    let file = StreamIntegrity.File(name: "disk \"0\"", size: 7, sha256: "ab")
    let bytes = try save(machine(), IntegrityOptions(files: [file]))
    #expect(try load(bytes).integrity?.files == [file])
  }
}

/// Reads in order only.
private final class OneWay: ByteChannel {
  private let inner: MemoryChannel
  init(_ bytes: [UInt8]) { inner = MemoryChannel(bytes) }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try inner.read(into: buffer)
  }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}
