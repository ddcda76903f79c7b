import TestSupport
import Testing
import VMState

/// Whole multifd channels that QEMU wrote, packet by packet.
@Suite struct MultifdChannelTests {
  /// What a recorded channel is known to hold.
  struct Channel: Sendable, CustomTestStringConvertible {
    var name: String
    var number: UInt8
    var method: MultifdCompression
    var layout: MultifdPagePacket.Layout
    var packets: Int
    var syncs: Int

    var testDescription: String { name }

    init(
      _ name: String, _ number: UInt8, _ method: MultifdCompression,
      _ layout: MultifdPagePacket.Layout, packets: Int, syncs: Int
    ) {
      self.name = name
      self.number = number
      self.method = method
      self.layout = layout
      self.packets = packets
      self.syncs = syncs
    }
  }

  static let channels = [
    Channel("7.2/multifd-multifd0", 0, .none, .normalPages, packets: 34, syncs: 19),
    Channel("7.2/multifd-multifd1", 1, .none, .normalPages, packets: 39, syncs: 19),
    Channel("7.2/multifd-zlib-multifd0", 0, .zlib, .normalPages, packets: 37, syncs: 19),
    Channel("7.2/multifd-zlib-multifd1", 1, .zlib, .normalPages, packets: 36, syncs: 19),
    Channel("10.0/multifd-multifd0", 0, .none, .zeroPages, packets: 27, syncs: 7),
    Channel("10.0/multifd-multifd1", 1, .none, .zeroPages, packets: 29, syncs: 7),
    Channel("10.0/multifd-legacy-zero-multifd0", 0, .none, .zeroPages, packets: 18, syncs: 5),
    Channel("10.0/multifd-legacy-zero-multifd1", 1, .none, .zeroPages, packets: 17, syncs: 5),
    Channel("10.0/multifd-tee-multifd0", 0, .none, .zeroPages, packets: 12, syncs: 3),
    Channel("10.0/multifd-tee-multifd1", 1, .none, .zeroPages, packets: 15, syncs: 3),
    Channel("10.0/multifd-zlib-multifd0", 0, .zlib, .zeroPages, packets: 19, syncs: 4),
    Channel("10.0/multifd-zlib-multifd1", 1, .zlib, .zeroPages, packets: 11, syncs: 4),
    Channel("10.0/multifd-zstd-multifd0", 0, .zstd, .zeroPages, packets: 13, syncs: 4),
    Channel("10.0/multifd-zstd-multifd1", 1, .zstd, .zeroPages, packets: 19, syncs: 4),
  ]

  /// Blocks of the recorded guest, 8 MiB.
  static let blocks: [String: UInt64] = [
    "pc.ram": 8 << 20, "/rom@etc/acpi/tables": 128 << 10, "pc.rom": 128 << 10,
    "pc.bios": 64 << 10, "/rom@etc/table-loader": 4096, "/rom@etc/acpi/rsdp": 4096,
  ]

  @Test(arguments: channels)
  func readsEveryPacketAndWritesTheSameBytes(_ channel: Channel) throws {
    let bytes = try Fixture.stream(channel.name)
    var reader = StreamReader(MemoryChannel(bytes))
    var packets: [MultifdPagePacket] = []
    let again = try written { writer in
      let start = try MultifdInit(from: &reader, channels: 2)
      #expect(start.channel == channel.number)
      #expect(start.uuid.allSatisfy { $0 == 0 } && start.reserved.isEmpty)
      try start.write(to: &writer)
      while let packet = try MultifdPacket.next(from: &reader, layout: channel.layout) {
        try packet.write(to: &writer)
        try reader.copy(UInt64(packet.payloadLength), to: &writer)
        guard case .pages(let pages) = packet else {
          Issue.record("a packet of device state")
          continue
        }
        packets.append(pages)
      }
    }
    #expect(again == bytes)
    check(packets, channel)
  }

  private func check(_ packets: [MultifdPagePacket], _ channel: Channel) {
    #expect(packets.count == channel.packets)
    #expect(packets.count { $0.isSynchronisation } == channel.syncs)
    for packet in packets {
      if packet.normalPages > 0 || packet.zeroPages > 0 {
        #expect(packet.flags.method == channel.method)
        let length = Self.blocks[packet.idstr] ?? 0
        #expect(throws: Never.self) { try packet.checkOffsets(blockLength: length) }
      }
      #expect(packet.normalOffsets.count == Int(packet.normalPages))
      #expect(packet.zeroOffsets.count == Int(packet.zeroPages))
      if channel.method == .none {
        #expect(packet.payloadLength == 4096 * Int(packet.normalPages))
      }
    }
  }

  @Test(arguments: ["10.0/multifd", "10.0/multifd-zstd", "10.0/multifd-tee"])
  func theNumbersOfBothChannelsTogetherCountFromZero(_ name: String) throws {
    var numbers: [UInt64] = []
    for index in 0...1 {
      var reader = StreamReader(MemoryChannel(try Fixture.stream("\(name)-multifd\(index)")))
      _ = try MultifdInit(from: &reader)
      while let packet = try MultifdPacket.next(from: &reader) {
        try reader.skip(UInt64(packet.payloadLength))
        if case .pages(let pages) = packet { numbers.append(pages.number) }
      }
    }
    #expect(numbers.sorted() == (0..<UInt64(numbers.count)).map { $0 })
  }

  @Test func buildsTheRecordedPacketsFromTheirPages() throws {
    var reader = StreamReader(MemoryChannel(try Fixture.stream("10.0/multifd-multifd0")))
    _ = try MultifdInit(from: &reader)
    while case .pages(let packet)? = try MultifdPacket.next(from: &reader) {
      let built =
        packet.isSynchronisation
        ? MultifdPagePacket(synchronisation: packet.number)
        : MultifdPagePacket(
          name: packet.blockName, normal: Array(packet.normalOffsets),
          zero: Array(packet.zeroOffsets), number: packet.number, flags: MultifdFlags(.none),
          payloadLength: packet.payloadLength)
      #expect(built == packet)
      try reader.skip(UInt64(packet.payloadLength))
    }
  }
}
