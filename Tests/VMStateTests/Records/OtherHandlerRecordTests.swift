import TestSupport
import Testing
import VMState

@Suite struct StorageAttributesRecordTests {
  @Test func readsAndWritesEveryRecord() throws {
    let vectors: [(StorageAttributesRecord, String)] = [
      (.endOfSection, "0000000000000001"),
      (.more(address: 0x12_3000, count: 16), "0000000000123002 0000000000000010"),
      (.error, "0000000000000004"), (.done, "0000000000000008"),
    ]
    for (record, text) in vectors {
      let bytes = hex(text)
      let (read, consumed) = try decoded(bytes) { try StorageAttributesRecord(from: &$0) }
      #expect(read == record && consumed == bytes.count)
      #expect(try written { try record.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try StorageAttributesRecord(from: &$0) }
    }
    #expect(vectors.map(\.0.payloadLength) == [0, 16, 0, 0])
  }

  @Test func refusesUnknownFlagsAndTooManyAttributes() {
    for text in ["0000000000000000", "0000000000000003", "0000000000001001", "000000000000000c"] {
      let error = refusal(hex(text)) { try StorageAttributesRecord(from: &$0) }
      #expect(error?.code == .badRecord && error?.offset == 0)
    }
    for text in ["0000000000080001", "ffffffffffffffff"] {
      let error = refusal(hex("0000000000000002" + text)) {
        try StorageAttributesRecord(from: &$0)
      }
      #expect(error?.code == .badRecord && error?.offset == 8)
    }
    #expect(throws: VMStateError.self) {
      try written {
        try StorageAttributesRecord.more(address: 1, count: 1).write(to: &$0)
      }
    }
  }
}

@Suite struct StorageKeysRecordTests {
  @Test func readsAndWritesEveryRecord() throws {
    let vectors: [(StorageKeysRecord, String)] = [
      (.endOfSection, "0000000000000001"),
      (.keys(start: 0x1000_0000, pages: 256), "0000000010000002 0000000000000100"),
      (.error, "0000000000000004"),
    ]
    for (record, text) in vectors {
      let bytes = hex(text)
      let (read, consumed) = try decoded(bytes) { try StorageKeysRecord(from: &$0) }
      #expect(read == record && consumed == bytes.count)
      #expect(try written { try record.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try StorageKeysRecord(from: &$0) }
    }
    #expect(vectors.map(\.0.endsBody) == [true, false, true])
    #expect(vectors.map(\.0.payloadLength) == [0, 256, 0])
  }

  @Test func refusesUnknownFlagsAndMoreThanAnyMemory() {
    for text in ["0000000000000000", "0000000000000008", "0000000000001004"] {
      #expect(refusal(hex(text)) { try StorageKeysRecord(from: &$0) }?.code == .badRecord)
    }
    for text in [
      "0000000000000002 ffffffffffffffff", "fffffffffffff002 0000000000000001",
    ] {
      let error = refusal(hex(text)) { try StorageKeysRecord(from: &$0) }
      #expect(error?.code == .badRecord && error?.offset == 8)
    }
  }
}

@Suite struct TODClockRecordTests {
  @Test func readsAndWritesAClockOrNone() throws {
    let value = TODClockRecord(.init(high: 2, low: 0x0102_0304_0506_0708))
    for (record, text) in [(TODClockRecord(nil), "00"), (value, "01 02 0102030405060708")] {
      let bytes = hex(text)
      let (read, consumed) = try decoded(bytes) { try TODClockRecord(from: &$0) }
      #expect(read == record && consumed == bytes.count)
      #expect(try written { try record.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try TODClockRecord(from: &$0) }
    }
  }

  @Test func keepsAnotherMarker() throws {
    let bytes = hex("ff 00 0000000000000001")
    var record = try decoded(bytes) { try TODClockRecord(from: &$0) }.value
    #expect(try written { try record.write(to: &$0) } == bytes)
    record.value?.marker = 0
    #expect(throws: VMStateError.self) { try written { try record.write(to: &$0) } }
  }
}

@Suite struct HashTableRecordTests {
  @Test func readsAndWritesTheHeaders() throws {
    let vectors: [(HashTableHeader, String)] = [
      (.noTable, "ffffffff"), (.groups, "00000000"), (.shift(24), "00000018"),
    ]
    for (header, text) in vectors {
      let bytes = hex(text)
      #expect(try decoded(bytes) { try HashTableHeader(from: &$0) }.value == header)
      #expect(try written { try header.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try HashTableHeader(from: &$0) }
    }
    for text in ["00000001", "0000002f", "fffffffe"] {
      #expect(refusal(hex(text)) { try HashTableHeader(from: &$0) }?.code == .badRecord)
    }
  }

  @Test func readsAndWritesGroupsUpToTheOneOfZeros() throws {
    // Index 8, 2 valid, 3 invalid; then the end.
    let bytes = hex("00000008 0002 0003")
    let (group, consumed) = try decoded(bytes) { try HashTableGroup(from: &$0) }
    #expect(group == HashTableGroup(index: 8, valid: 2, invalid: 3) && consumed == 8)
    #expect(group.payloadLength == 32 && !group.endsBody)
    #expect(try written { try group.write(to: &$0) } == bytes)
    #expect(try decoded(hex("0000000000000000"), { try HashTableGroup(from: &$0) }).value.endsBody)
    expectCutsRefused(bytes) { try HashTableGroup(from: &$0) }
  }

  @Test func refusesEntriesBeyondTheTable() {
    // A table of 2¹⁸ bytes has 16384 entries.
    #expect(refusal(hex("00003ffe 0001 0001")) { try HashTableGroup(from: &$0, shift: 18) } == nil)
    let error = refusal(hex("00003ffe 0001 0002")) { try HashTableGroup(from: &$0, shift: 18) }
    #expect(error?.code == .badRecord && error?.offset == 0)
    #expect(refusal(hex("ffffffff ffff ffff")) { try HashTableGroup(from: &$0) } == nil)
  }
}
