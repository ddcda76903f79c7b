import TestSupport
import Testing
import VMState

@Suite struct ReturnPathMessageTests {
  static let vectors: [(ReturnPathMessage, String)] = [
    (.shut(status: 0), "0001 0004 00000000"),
    (.shut(status: 1), "0001 0004 00000001"),
    (.pong(0x42), "0002 0004 00000042"),
    (
      .requestPages(start: 0x1c_a000, length: 4096, name: utf8("pc.ram")),
      "0003 0013 00000000001ca000 00001000 06 70632e72616d"
    ),
    (
      .requestPages(start: 0x23_2000, length: 4096, name: nil),
      "0004 000c 0000000000232000 00001000"
    ),
    (.receiveBitmap(name: utf8("pc.ram")), "0005 0007 06 70632e72616d"),
    (.resumeAcknowledged(ReturnPathMessage.resumeValue), "0006 0004 00000001"),
    (.switchoverAcknowledged, "0007 0000"),
  ]

  @Test func readsAndWritesEveryMessage() throws {
    #expect(Set(Self.vectors.map(\.0.kind)) == Set(ReturnPathMessage.Kind.allCases))
    for (message, text) in Self.vectors {
      let bytes = hex(text)
      let (read, consumed) = try decoded(bytes) { try ReturnPathMessage(from: &$0) }
      #expect(read == message && consumed == bytes.count)
      #expect(try written { try message.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try ReturnPathMessage(from: &$0) }
    }
  }

  private func messages(_ bytes: [UInt8]) throws -> [ReturnPathMessage] {
    var reader = StreamReader(MemoryChannel(bytes))
    var messages: [ReturnPathMessage] = []
    while let message = try ReturnPathMessage.next(from: &reader) { messages.append(message) }
    return messages
  }

  @Test(arguments: [
    ("7.2/postcopy-return", [UInt32(1), 2, 4, 3]), ("10.0/postcopy-return", [1, 2, 4, 3]),
    ("7.2/return-path-return", [1]), ("10.0/multifd-tee-return", [1]),
  ])
  func readsAndWritesTheRecordedReturnPaths(_ name: String, _ pongs: [UInt32]) throws {
    let bytes = try Fixture.records(name)
    let messages = try messages(bytes)
    #expect(messages == pongs.map { .pong($0) } + [.shut(status: 0)])
    #expect(try written { for message in messages { try message.write(to: &$0) } } == bytes)
  }

  @Test func readsTheReturnPathOfASwitchoverAcknowledgement() throws {
    #expect(
      try messages(hex("00070000 0002000400000001 0001000400000000"))
        == [.switchoverAcknowledged, .pong(1), .shut(status: 0)])
  }

  @Test(arguments: [
    "0000 0000", "0008 0000", "ffff ffff",  // no such message
    "0001 0003 000000", "0001 0000", "0002 0008 0000000000000000", "0006 0000", "0007 0001 00",
    "0004 000d 0000000000232000 00001000 00", "0003 000c 0000000000232000 00001000",
    "0003 000d 0000000000232000 00001000 00",  // an empty name
    "0003 0014 00000000001ca000 00001000 06 70632e72616d 00", "0003 010d",
    "0005 0001 00", "0005 0008 06 70632e72616d 00", "0005 0101",
  ])
  func refusesMessagesThatBreakTheirFormat(_ text: String) {
    let error = refusal(hex(text)) { try ReturnPathMessage(from: &$0) }
    #expect(error?.code == .badMessage, "\(error.map { "\($0)" } ?? "accepted")")
    #expect(error?.offset == 0)
  }
}

@Suite struct ReceivedBitmapTests {
  // A block of one page that has not come.
  private let one = hex("0000000000000008 0000000000000000 0123456789abcdef")

  @Test func readsAndWritesABitmap() throws {
    let (bitmap, consumed) = try decoded(one) { try ReceivedBitmap(from: &$0, pages: 1) }
    #expect(bitmap == ReceivedBitmap(bytes: [UInt8](repeating: 0, count: 8)))
    #expect(consumed == one.count)
    #expect(try written { try bitmap.write(to: &$0) } == one)
    expectCutsRefused(one) { try ReceivedBitmap(from: &$0) }
  }

  @Test func readsTheBitsFromTheLowest() throws {
    var bitmap = ReceivedBitmap(bytes: hex("0180000000000000"))
    #expect((-8..<80).filter { bitmap[$0] } == [0, 15])
    bitmap.bytes[7] = 0x80
    #expect(bitmap[63] && !bitmap[64])
  }

  @Test func sizesAreThoseOfWholeWords() {
    #expect(ReceivedBitmap.size(pages: 0) == 0)
    #expect(ReceivedBitmap.size(pages: 1) == 8 && ReceivedBitmap.size(pages: 64) == 8)
    // 64 MiB of pages of 4 KiB.
    #expect(ReceivedBitmap.size(pages: 16384) == 0x800)
  }

  @Test func refusesWrongSizesAndMarks() {
    let mark = refusal(one.dropLast() + [0xEE]) { try ReceivedBitmap(from: &$0) }
    #expect(mark?.code == .badMessage && mark?.offset == 16)
    let other = refusal(one) { try ReceivedBitmap(from: &$0, pages: 65) }
    #expect(other?.code == .badMessage && other?.expected == "16 bytes")
    for size in ["0000000000000007", "ffffffffffffffff"] {
      #expect(refusal(hex(size)) { try ReceivedBitmap(from: &$0) }?.code == .badMessage)
    }
    for size in ["fffffffffffffff8", "0000000004000008"] {
      #expect(refusal(hex(size)) { try ReceivedBitmap(from: &$0) }?.code == .limitExceeded)
    }
    #expect(throws: VMStateError.self) {
      try written { try ReceivedBitmap(bytes: [1]).write(to: &$0) }
    }
  }
}

@Suite struct COLOMessageTests {
  @Test func readsAndWritesEveryMessage() throws {
    let messages: [COLOMessage] = [
      .checkpointReady, .checkpointRequest, .checkpointReply, .stateSend, .stateSize(0x347D),
      .stateReceived, .stateLoaded,
    ]
    // Numbers 0 to 6, and a size of be64 behind number 4.
    let bytes = hex(
      """
      00000000 00000001 00000002 00000003 00000004 000000000000347d 00000005 00000006
      """)
    #expect(try written { for message in messages { try message.write(to: &$0) } } == bytes)
    var reader = StreamReader(MemoryChannel(bytes))
    for message in messages { #expect(try COLOMessage(from: &reader) == message) }
    #expect(Int(reader.position) == bytes.count)
  }

  @Test func refusesOtherNumbersAndCuts() {
    for text in ["00000007", "ffffffff"] {
      let error = refusal(hex(text)) { try COLOMessage(from: &$0) }
      #expect(error?.code == .badMessage && error?.offset == 0)
    }
    expectCutsRefused(hex("00000004 000000000000347d")) { try COLOMessage(from: &$0) }
  }
}
