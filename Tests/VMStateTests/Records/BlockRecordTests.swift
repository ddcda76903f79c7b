import TestSupport
import Testing
import VMState

@Suite struct BlockRecordTests {
  @Test func readsAndWritesTheRecordedBodies() throws {
    let bytes = try Fixture.records("7.2/block")
    var reader = StreamReader(MemoryChannel(bytes))
    var bodies: [[BlockRecord]] = [[]]
    let again = try written { writer in
      while try reader.peekByte() != nil {
        let record = try BlockRecord(from: &reader)
        try record.write(to: &writer)
        try reader.copy(UInt64(record.payloadLength), to: &writer)
        bodies[bodies.count - 1].append(record)
        if record == .endOfSection { bodies.append([]) }
      }
    }
    #expect(again == bytes)
    #expect(bodies.map(\.count) == [1, 17, 2, 0])
    #expect(bodies[2] == [.progress(100), .endOfSection])
    var sectors: Set<UInt64> = []
    for case .data(let sector, let device, let isZero) in bodies[1] {
      sectors.insert(sector)
      #expect(!isZero && !device.isEmpty)
    }
    // A disk of 8 MiB in chunks of 2048 sectors.
    #expect(sectors == Set((0..<8).map { $0 * 2048 }))
  }

  @Test func readsAndWritesEveryRecord() throws {
    let vectors: [(BlockRecord, [UInt8])] = [
      (.data(sector: 2048, device: utf8("d0"), isZero: false), hex("0000000000100001 02 6430")),
      (.data(sector: 2048, device: utf8("d0"), isZero: true), hex("0000000000100009 02 6430")),
      (.endOfSection, hex("0000000000000002")), (.progress(0), hex("0000000000000004")),
      (.progress(100), hex("000000000000c804")),
    ]
    for (record, bytes) in vectors {
      let (read, consumed) = try decoded(bytes) { try BlockRecord(from: &$0) }
      #expect(read == record && consumed == bytes.count)
      #expect(try written { try record.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try BlockRecord(from: &$0) }
    }
    #expect(vectors.map(\.0.payloadLength) == [1 << 20, 0, 0, 0, 0])
  }

  @Test(arguments: [
    "0000000000000000", "0000000000000003", "0000000000000005", "0000000000000008",
    "000000000000000a", "0000000000000011", "00000000000001ff", "0000000000000202",
    "000000000000ca04", "ffffffffffffff04",
  ])
  func refusesRecordsThatDoNotExist(_ text: String) {
    let error = refusal(hex(text)) { try BlockRecord(from: &$0) }
    #expect(error?.code == .badRecord && error?.offset == 0)
  }

  @Test func cannotWriteASectorBeyondItsPlace() {
    let records: [BlockRecord] = [
      .data(sector: 1 << 55, device: [], isZero: true),
      .data(sector: 0, device: [UInt8](repeating: 97, count: 256), isZero: true),
    ]
    for record in records {
      let error = #expect(throws: VMStateError.self) { try written { try record.write(to: &$0) } }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}
