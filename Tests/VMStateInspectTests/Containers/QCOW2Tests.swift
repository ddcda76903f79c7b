import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct QCOW2Tests {
  static let images = [
    "qcow2-v2", "qcow2-v3-512", "qcow2-4k", "qcow2-128k-extended", "qcow2-1m",
    "qcow2-deflate-4k", "qcow2-deflate-64k", "qcow2-deflate-64k-extended", "qcow2-zstd-64k",
    "qcow2-zstd-512", "qcow2-plain-16k-extended",
  ]

  @Test(arguments: images)
  func readsTheStateThatQEMUReads(_ name: String) throws {
    let opened = try openState(ContainerFixture.bytes(name))
    let (length, digest) = try ContainerFixture.state(name)
    #expect(opened.content == .stream)
    #expect(opened.channel.size == UInt64(length))
    let bytes = try readWhole(opened.channel)
    #expect(bytes.count == length)
    #expect(sha256(bytes) == digest)
    #expect(try readWhole(openState(ContainerFixture.bytes(name)).channel, piece: 33) == bytes)
  }

  @Test(arguments: ["7.2/savevm-qcow2", "10.0/savevm-qcow2"], ["first", "second"])
  func walksTheStateOfARecordedSnapshot(_ image: String, _ name: String) throws {
    let bytes = try Fixture.stream(image)
    let opened = try openState(bytes, StateFile.Options(snapshot: name))
    #expect(opened.snapshot?.name == name)
    let stream = StreamWalk.collect(opened.channel)
    #expect(stream.error == nil && stream.trailingBytes == 0)
    #expect(stream.length == opened.snapshot?.stateSize)
    #expect(stream.configuration?.machineTypeText.hasPrefix("pc-i440fx-") == true)
    // 1952 pages of guest memory behind the first MiB, and the other blocks.
    #expect(stream.memory.pages.zero > 1785 && stream.memory.pages.normal > 167)
    let original = try readWhole(openState(bytes, StateFile.Options(snapshot: name)).channel)
    let target = MemoryChannel()
    let result = try Reencoder.reencode(MemoryChannel(original), to: target)
    #expect(result.problems.isEmpty && result.opaqueBytes == 0)
    #expect(target.bytes == original)
  }

  @Test func readsAMappedRAMStateBeyondTheSizeThatTheTableNames() throws {
    let opened = try openState(ContainerFixture.bytes("qcow2-mapped-ram"))
    #expect(opened.content == .mappedRAM && opened.snapshot?.stateSize == 1000)
    let (length, digest) = try ContainerFixture.state("qcow2-mapped-ram")
    let stream = StreamWalk.collect(opened.channel)
    #expect(stream.error == nil && stream.memory.isMapped && stream.description != nil)
    let bytes = try readWhole(openState(ContainerFixture.bytes("qcow2-mapped-ram")).channel)
    // The last cluster is zeros behind the stream's end.
    #expect(bytes.count - length < 4096 && bytes[length...].allSatisfy { $0 == 0 })
    #expect(sha256(Array(bytes[..<length])) == digest)
  }

  @Test func findsASnapshotByItsIdThenByItsName() throws {
    let bytes = try Fixture.stream("7.2/savevm-qcow2")
    #expect(try openState(bytes, StateFile.Options(snapshot: "2")).snapshot?.name == "second")
    #expect(try openState(bytes, StateFile.Options(snapshot: "second")).snapshot?.id == "2")
    let first = try openState(bytes)
    #expect(first.snapshot?.name == "first")
    #expect(first.warnings == ["no snapshot was named: this is \"first\""])
    let error = #expect(throws: VMStateError.self) {
      try openState(bytes, StateFile.Options(snapshot: "third"))
    }
    #expect(error?.code == .noSuchSnapshot)
    #expect(error?.expected == "third" && error?.found == "first, second")
  }

  @Test func readsAtAnyPosition() throws {
    let opened = try openState(ContainerFixture.bytes("qcow2-zstd-512"))
    let whole = try Fixture.stream("10.0/none")
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let first = Int.random(in: 0..<whole.count, using: &random)
      var buffer = [UInt8](repeating: 0, count: Int.random(in: 1...3000, using: &random))
      let count = try buffer.withUnsafeMutableBytes {
        try opened.channel.read(into: $0, at: UInt64(first))
      }
      let end = min(whole.count, first + buffer.count)
      #expect(Array(buffer.prefix(count)) == Array(whole[first..<end]))
    }
    var one: [UInt8] = [7]
    let atEnd = try one.withUnsafeMutableBytes {
      try opened.channel.read(into: $0, at: UInt64(whole.count))
    }
    #expect(atEnd == 0)
  }

  private func word(_ bytes: [UInt8], _ place: Int) -> Int {
    bytes[place..<place + 8].reduce(0) { $0 << 8 | Int($1) }
  }

  @Test func refusesAClusterBehindTheEndOfTheImage() throws {
    var bytes = try ContainerFixture.bytes("qcow2-4k")
    // The disk has 3 MiB, an L1 entry covers 2: the state begins with the third entry.
    let table = word(bytes, word(bytes, word(bytes, 64)) + 16) & 0xff_ffff_ffff_fe00
    bytes.replaceSubrange(table..<table + 8, with: hex("8000000010000000"))
    let error = #expect(throws: VMStateError.self) { try readWhole(openState(bytes).channel) }
    #expect(error?.code == .endOfStream)
  }

  @Test func readsSubclustersThatAreMissingOrZeroAsZeros() throws {
    var bytes = try ContainerFixture.bytes("qcow2-plain-16k-extended")
    var expected = try Fixture.stream("10.0/none")
    let table = word(bytes, word(bytes, word(bytes, 64))) & 0xff_ffff_ffff_fe00
    // Of 32 subclusters of 512 bytes the fourth is not allocated, the sixth reads as zeros.
    bytes[table + 15] &= ~(1 << 3)
    bytes[table + 11] |= 1 << 5
    for index in [3, 5] {
      expected.replaceSubrange(
        index * 512..<index * 512 + 512, with: [UInt8](repeating: 0, count: 512))
    }
    #expect(try readWhole(openState(bytes).channel) == expected)
  }

  /// Byte positions in the header, with values that are refused.
  @Test(arguments: [
    (4, "00000004", "unsupported"), (4, "00000001", "unsupported"),
    (20, "00000008", "badContainer"), (20, "00000016", "badContainer"),
    (32, "00000001", "unsupported"), (32, "00000002", "unsupported"),
    (60, "00010001", "badContainer"), (64, "0000000000000200", "badContainer"),
    (64, "ffffffffffff0000", "badContainer"), (72, "0000000000000020", "unsupported"),
    (72, "0000000000000004", "unsupported"), (72, "0000000000000008", "unsupported"),
    (100, "00000067", "badContainer"),
  ])
  func refusesAHeaderThatCannotBe(_ place: Int, _ value: String, _ code: String) throws {
    var bytes = try ContainerFixture.bytes("qcow2-4k")
    bytes.replaceSubrange(place..<place + value.count / 2, with: hex(value))
    let error = #expect(throws: VMStateError.self) { try openState(bytes) }
    #expect(error?.code.name == code, "\(String(describing: error))")
    #expect(error?.path == ["qcow2"] || error?.path.first == "qcow2")
    #expect(error?.offset != nil)
  }

  /// Positions in the first snapshot's entry, with values that are refused.
  @Test(arguments: [
    (8, "00400001", "badContainer"),  // L1 table above 32 MiB
    (0, "0000000000000100", "badContainer"),  // L1 table inside a cluster
    (36, "00000401", "badContainer"),  // extra data above 1024 bytes
    (36, "00000008", "badContainer"),  // version 3 wants 16 bytes
    (48, "0fffffffffffffff", "badContainer"),  // the disk ends behind the L1 table
    (40, "0000000000000000", "noSuchSnapshot"),  // a disk-only snapshot
  ])
  func refusesASnapshotThatCannotBe(_ place: Int, _ value: String, _ code: String) throws {
    var bytes = try ContainerFixture.bytes("qcow2-4k")
    let table = bytes[64..<72].reduce(0) { $0 << 8 | Int($1) }
    bytes.replaceSubrange(
      table + place..<table + place + value.count / 2, with: hex(value))
    let error = #expect(throws: VMStateError.self) {
      try openState(bytes, StateFile.Options(snapshot: "first"))
    }
    #expect(error?.code.name == code, "\(String(describing: error))")
  }

  @Test func doesNotBelieveASizeBeyondAllClusters() throws {
    var bytes = try ContainerFixture.bytes("qcow2-4k")
    let table = bytes[64..<72].reduce(0) { $0 << 8 | Int($1) }
    bytes.replaceSubrange(table + 40..<table + 48, with: hex("0fffffff ffffffff"))
    let opened = try openState(bytes)
    #expect(opened.channel.size == 4096)
    #expect(opened.warnings.contains { $0.contains("4096 bytes of VM state only") })
    #expect(StreamWalk.collect(opened.channel).error == nil)
  }

  @Test func needsPositions() throws {
    let bytes = try ContainerFixture.bytes("qcow2-4k")
    let error = #expect(throws: VMStateError.self) {
      try StateFile.open(InOrderChannel(bytes), name: "-")
    }
    #expect(error?.code == .unsupported)
  }

  @Test(arguments: ["qcow2-4k", "qcow2-zstd-512", "qcow2-plain-16k-extended", "qcow2-v3-512"])
  func survivesChangedBytes(_ name: String) throws {
    let bytes = try ContainerFixture.bytes(name)
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var refused = 0
    for round in 0..<150 {
      var changed = bytes
      // The header, the snapshot table at the end, and the tables between them.
      let places = [0..<112, bytes.count - 150..<bytes.count, 0..<bytes.count][round % 3]
      for _ in 0..<3 {
        changed[Int.random(in: places, using: &random)] ^=
          1 << UInt8.random(in: 0...7, using: &random)
      }
      do {
        let opened = try openState(changed)
        _ = try readSome(opened.channel)
      } catch {
        #expect(error is VMStateError, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  private func readSome(_ channel: any ByteChannel) throws -> Int {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    return try buffer.withUnsafeMutableBytes { try channel.read(into: $0) }
  }
}
