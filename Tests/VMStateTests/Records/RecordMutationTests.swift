import TestSupport
import Testing
import VMState

/// Damaged records: each is refused with an error, or read and then written as it was.
@Suite struct RecordMutationTests {
  /// A kind of record with good bytes, and what becomes of others: read, and written again.
  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var good: [UInt8]
    var again: @Sendable (inout StreamReader, inout StreamWriter) throws -> Void

    init(
      _ name: String, _ good: [UInt8],
      _ again:
        @escaping @Sendable (inout StreamReader, inout StreamWriter) throws -> Void
    ) {
      testDescription = name
      self.good = good
      self.again = again
    }
  }

  static let kinds: [Kind] = pages + multifd + messages + handlers

  private static let pages: [Kind] = [
    Kind("xbzrle", hex("01 0008")) { reader, writer in
      try XBZRLERecord(from: &reader).write(to: &writer)
    },
    Kind("compressed", hex("000001fa")) { reader, writer in
      try CompressedPageRecord(from: &reader).write(to: &writer)
    },
    Kind("mapped", hex("00000001 0000000000001000 000000000000008e 0000000000100000")) {
      reader, writer in
      try MappedRAMHeader(from: &reader).write(to: &writer)
    },
  ]

  private static let multifd: [Kind] = {
    let packet = MultifdPagePacket(
      name: utf8("pc.ram"), normal: [0, 4096], zero: [8192], number: 9,
      flags: MultifdFlags(.none), payloadLength: 8192)
    let device = MultifdDeviceStatePacket(name: utf8("vfio"), instance: 0, payloadLength: 64)
    let start = MultifdInit(channel: 1)
    return [
      Kind("first packet", try! written { try start.write(to: &$0) }) {
        reader, writer in
        try MultifdInit(from: &reader).write(to: &writer)
      },
      Kind("page packet", try! written { try packet.write(to: &$0) }) {
        reader, writer in
        try MultifdPacket(from: &reader).write(to: &writer)
      },
      Kind("old page packet", try! written { try packet.write(to: &$0) }) {
        reader, writer in
        try MultifdPacket(from: &reader, layout: .normalPages).write(to: &writer)
      },
      Kind("device packet", try! written { try device.write(to: &$0) }) {
        reader, writer in
        try MultifdPacket(from: &reader).write(to: &writer)
      },
    ]
  }()

  private static let messages: [Kind] =
    CommandRecordTests.vectors.map { record, text in
      Kind("command \(record.command.name)", hex(text)) { reader, writer in
        try CommandRecord(from: &reader).write(to: &writer)
      }
    }
    + ReturnPathMessageTests.vectors.map { message, text in
      Kind("message \(message.kind.name)", hex(text)) { reader, writer in
        try ReturnPathMessage(from: &reader).write(to: &writer)
      }
    } + [
      Kind("received bitmap", hex("0000000000000008 0100000000000000 0123456789abcdef")) {
        reader, writer in
        try ReceivedBitmap(from: &reader).write(to: &writer)
      },
      Kind("COLO", hex("00000004 000000000000347d")) { reader, writer in
        try COLOMessage(from: &reader).write(to: &writer)
      },
    ]

  private static let handlers: [Kind] =
    [
      "1c 02 6e30 02 6231 00000200 00", "46 02 6231 0000000000000000 00000080", "80 01",
      "44 01 61 0000000000000000 00000080 0000000000000020",
    ].map { text in
      Kind("dirty bitmap", hex(text)) { reader, writer in
        try DirtyBitmapChunk(from: &reader).write(to: &writer)
      }
    }
    + VFIORecordTests.vectors.map { record, text in
      Kind("vfio \(record)", hex(text)) { reader, writer in
        try VFIORecord(from: &reader).write(to: &writer)
      }
    } + [
      Kind("block", hex("0000000000100001 02 6430")) { reader, writer in
        try BlockRecord(from: &reader).write(to: &writer)
      },
      Kind("slirp", slirp) { reader, writer in
        try SlirpState(from: &reader).write(to: &writer)
      },
      Kind("CPR", hex("51435052 00000001 01 00000002 6d00 00000000 0000000e 00")) {
        reader, writer in
        try CPRState(from: &reader, mode: .exec).write(to: &writer)
      },
      Kind("storage keys", hex("0000000010000002 0000000000000100")) {
        reader, writer in
        try StorageKeysRecord(from: &reader).write(to: &writer)
      },
      Kind("storage attributes", hex("0000000000123002 0000000000000010")) {
        reader, writer in
        try StorageAttributesRecord(from: &reader).write(to: &writer)
      },
      Kind("clock", hex("01 02 0102030405060708")) { reader, writer in
        try TODClockRecord(from: &reader).write(to: &writer)
      },
      Kind("hash table", hex("00000008 0002 0003")) { reader, writer in
        try HashTableGroup(from: &reader).write(to: &writer)
      },
    ]

  private static let slirp: [UInt8] = {
    let ring = SlirpBuffer(waiting: 1, writeOffset: 1, readOffset: 0, bytes: [1, 2])
    let socket = SlirpSocket(
      foreign: SlirpAddress((10, 0, 2, 100), port: 80), local: SlirpAddress(family: 10),
      received: ring, sent: ring)
    return try! written { try SlirpState(sockets: [socket]).write(to: &$0) }
  }()

  @Test(arguments: kinds)
  func writesTheGoodBytes(_ kind: Kind) throws {
    let result = try outcome(kind, kind.good)
    #expect(result.consumed == kind.good.count && result.bytes == kind.good)
  }

  @Test(arguments: kinds)
  func refusesDamageOrWritesItAgain(_ kind: Kind) {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for round in 0..<400 {
      var bytes = kind.good + (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) }
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = [0, 1, 0x7F, 0x80, 0xFF, .random(in: 0...255, using: &random)]
          .randomElement(using: &random)!
      }
      do {
        let result = try outcome(kind, bytes)
        #expect(
          result.bytes == Array(bytes[..<result.consumed]),
          "\(kind.testDescription), seed \(seed), round \(round)")
      } catch {
        #expect((error as? VMStateError)?.offset != nil, "seed \(seed), round \(round)")
      }
    }
  }

  private func outcome(
    _ kind: Kind, _ bytes: [UInt8]
  ) throws -> (bytes: [UInt8], consumed: Int) {
    var reader = StreamReader(MemoryChannel(bytes))
    let again = try written { try kind.again(&reader, &$0) }
    return (again, Int(reader.position))
  }
}
