import TestSupport
import Testing
import VMState

@Suite struct VFIORecordTests {
  static let vectors: [(VFIORecord, String)] = [
    (.endOfState, "ffffffffef100001"), (.configurationState, "ffffffffef100002"),
    (.setupState, "ffffffffef100003"), (.data(size: 5), "ffffffffef100004 0000000000000005"),
    (.data(size: .max), "ffffffffef100004 ffffffffffffffff"),
    (.initialDataSent, "ffffffffef100005"), (.configurationLoadReady, "ffffffffef100006"),
  ]

  @Test func readsAndWritesEveryRecord() throws {
    for (record, text) in Self.vectors {
      let bytes = hex(text)
      let (read, consumed) = try decoded(bytes) { try VFIORecord(from: &$0) }
      #expect(read == record && consumed == bytes.count)
      #expect(try written { try record.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try VFIORecord(from: &$0) }
    }
  }

  @Test func knowsWhatEndsABody() {
    #expect(Self.vectors.map(\.0).filter(\.endsBody).map { $0.tag & 0xF } == [1, 5, 6])
  }

  @Test(arguments: [
    "ffffffffef100000", "ffffffffef100007", "0000000000000001", "ffffffffef110001",
  ])
  func refusesUnknownTags(_ text: String) {
    let error = refusal(hex(text)) { try VFIORecord(from: &$0) }
    #expect(error?.code == .badRecord && error?.offset == 0)
  }
}

@Suite struct VFIOConfigurationTests {
  /// A FULL body with a configuration, and the section's footer.
  private func body(_ configuration: [UInt8]) -> [UInt8] {
    hex("ffffffffef100002") + configuration + hex("ffffffffef100001 7e 00000009")
  }

  private func read(
    _ bytes: [UInt8], limit: Int = 1 << 20
  ) throws -> (VFIOConfiguration, end: VFIORecord) {
    try decoded(bytes) { reader in
      _ = try VFIORecord(from: &reader)
      let configuration = try VFIOConfiguration(from: &reader, sectionID: 9, limit: limit)
      return (configuration, try VFIORecord(from: &reader))
    }.value
  }

  @Test func takesTheBytesUpToTheEndAndItsFooter() throws {
    // The end tag alone, and one with another section's footer, are content.
    let tag = hex("ffffffffef100001")
    let contents: [[UInt8]] = [
      [], [1, 2, 3], tag + tag, tag + hex("7e 00000008"), Array(tag.dropLast()),
    ]
    for configuration in contents {
      let (read, end) = try read(body(configuration))
      #expect(read.bytes == configuration && end == .endOfState)
      #expect(try written { try read.write(to: &$0) } == configuration)
    }
  }

  @Test func findsAnEndThatLiesAcrossTheReadersBuffer() throws {
    for count in [32_740, 32_747, 32_752, 32_753, 32_760, 32_768, 70_000] {
      let configuration = [UInt8](repeating: 0xFF, count: count)
      #expect(try read(body(configuration)).0.bytes == configuration)
    }
  }

  @Test func refusesAConfigurationWithoutAnEnd() throws {
    let long = body([UInt8](repeating: 0, count: 1000))
    #expect(try read(long, limit: 1000).0.bytes.count == 1000)
    let error = #expect(throws: VMStateError.self) { try read(long, limit: 999) }
    #expect(error?.code == .badRecord && error?.offset == 8)
    let cut = #expect(throws: VMStateError.self) { try read(Array(long.dropLast())) }
    #expect(cut?.code == .endOfStream)
  }
}

@Suite struct VFIOStateBufferTests {
  // Version 0, index 7, flag 1 (configuration).
  private let bytes = hex("00000000 00000007 00000001")

  @Test func readsAndWritesTheHeader() throws {
    let header = try decoded(bytes) { try VFIOStateBuffer(from: &$0, payloadLength: 20) }.value
    #expect(header == VFIOStateBuffer(index: 7, isConfiguration: true, dataLength: 8))
    #expect(try written { try header.write(to: &$0) } == bytes)
    expectCutsRefused(bytes) { try VFIOStateBuffer(from: &$0, payloadLength: 20) }
  }

  @Test(arguments: [
    ("00000001 00000007 00000001", UInt64(0)), ("00000000 ffffffff 00000000", 4),
    ("00000000 00000000 00000002", 8),
  ])
  func refusesWhatQEMURefuses(_ text: String, _ place: UInt64) {
    let error = refusal(hex(text)) { try VFIOStateBuffer(from: &$0, payloadLength: 12) }
    #expect(error?.code == .badRecord && error?.offset == place)
  }

  @Test func refusesAPayloadShorterThanTheHeader() {
    let error = refusal(bytes) { try VFIOStateBuffer(from: &$0, payloadLength: 11) }
    #expect(error?.code == .badRecord)
  }
}
