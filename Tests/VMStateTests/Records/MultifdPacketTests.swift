import TestSupport
import Testing
import VMState

@Suite struct MultifdInitTests {
  // Magic, version 1, UUID 00…0f, channel 2, 39 bytes.
  private let bytes =
    hex("11223344 00000001 000102030405060708090a0b0c0d0e0f 02") + [UInt8](repeating: 0, count: 39)

  @Test func readsAndWritesTheFirstPacket() throws {
    let (packet, consumed) = try decoded(bytes) { try MultifdInit(from: &$0) }
    #expect(packet == MultifdInit(channel: 2, uuid: Array(0...15)))
    #expect(consumed == MultifdInit.length)
    #expect(try written { try packet.write(to: &$0) } == bytes)
  }

  @Test func keepsTheBytesWithoutMeaning() throws {
    var odd = bytes
    odd[40] = 7
    let packet = try decoded(odd) { try MultifdInit(from: &$0) }.value
    #expect(packet.reserved.count == 16)
    #expect(try written { try packet.write(to: &$0) } == odd)
  }

  @Test func refusesANumberThatNoChannelHas() {
    #expect(refusal(bytes, { try MultifdInit(from: &$0, channels: 3) }) == nil)
    let error = refusal(bytes) { try MultifdInit(from: &$0, channels: 2) }
    #expect(error?.code == .badPacket && error?.offset == 24)
  }

  @Test func refusesAnotherMagicOrVersion() {
    let magic = refusal(hex("5145564d") + bytes[4...]) { try MultifdInit(from: &$0) }
    #expect(magic?.code == .badMagic && magic?.offset == 0)
    let version = refusal(bytes[..<4] + hex("00000002") + bytes[8...]) {
      try MultifdInit(from: &$0)
    }
    #expect(version?.code == .badPacket && version?.offset == 4)
  }

  @Test func refusesAPacketCutAnywhere() {
    expectCutsRefused(bytes) { try MultifdInit(from: &$0) }
  }

  @Test func cannotWriteAUUIDOfAnotherLength() {
    let packet = MultifdInit(channel: 0, uuid: [1])
    let error = #expect(throws: VMStateError.self) { try written { try packet.write(to: &$0) } }
    #expect(error?.code == .valueOutOfRange)
  }
}

@Suite struct MultifdPagePacketTests {
  /// A packet of pages of 4 KiB: pages allocated, normal, payload, zero, then offsets.
  private func packet(
    flags: UInt32 = 0, _ allocated: UInt32, _ normal: UInt32, payload: UInt32, zero: UInt32 = 0,
    name: [UInt8] = utf8("pc.ram"), _ offsets: [UInt64] = []
  ) -> [UInt8] {
    written { writer in
      writer.put(bytes: hex("11223344 00000001"))
      for word in [flags, allocated, normal, payload] { writer.put(word) }
      writer.put(UInt64(5))
      writer.put(zero)
      writer.put(zeros: 28)
      writer.put(bytes: name)
      writer.put(zeros: 256 - name.count)
      for offset in offsets { writer.put(offset) }
      writer.put(zeros: 8 * (128 - offsets.count))
    }
  }

  private func refused(
    _ bytes: [UInt8], layout: MultifdPagePacket.Layout = .zeroPages
  ) -> VMStateError? {
    refusal(bytes) { try MultifdPacket(from: &$0, layout: layout) }
  }

  @Test func readsTheObservedPacketOfNormalAndZeroPages() throws {
    // 3 normal pages 0, 0x7000, 0x6000 and 125 zero pages.
    let zero = (0..<125).map { UInt64($0 + 8) * 4096 }
    let bytes = packet(128, 3, payload: 0x3000, zero: 125, [0, 0x7000, 0x6000] + zero)
    #expect(bytes.count == MultifdFormat.headerLength(for: .standard))
    let (read, consumed) = try decoded(bytes) { try MultifdPacket(from: &$0) }
    #expect(consumed == 1344)
    guard case .pages(let pages) = read else { Issue.record("no pages"); return }
    #expect(Array(pages.normalOffsets) == [0, 0x7000, 0x6000] && Array(pages.zeroOffsets) == zero)
    #expect(pages.idstr == "pc.ram" && pages.number == 5 && pages.payloadLength == 12288)
    #expect(try written { try read.write(to: &$0) } == bytes)
    #expect(
      pages
        == MultifdPagePacket(
          name: utf8("pc.ram"), normal: [0, 0x7000, 0x6000], zero: zero, number: 5,
          flags: MultifdFlags(.none), payloadLength: 12288))
  }

  @Test func writesASynchronisationAsObserved() throws {
    // Flags 1, number 2, zeros to 1344.
    let expected =
      hex("11223344 00000001 00000001 00000000 00000000 00000000 0000000000000002")
      + [UInt8](repeating: 0, count: 1344 - 32)
    #expect(try written { try MultifdPagePacket(synchronisation: 2).write(to: &$0) } == expected)
  }

  @Test func keepsWhatOldSendersLeaveFromEarlierPackets() throws {
    // 7.2: no pages, yet a payload length, a name and offsets.
    let bytes = packet(flags: 1, 128, 0, payload: 0x1000, [0x5000, 0x6001])
    for layout in [MultifdPagePacket.Layout.normalPages, .zeroPages] {
      let read = try decoded(bytes) { try MultifdPacket(from: &$0, layout: layout) }.value
      #expect(read.payloadLength == 0)
      #expect(try written { try read.write(to: &$0) } == bytes)
    }
  }

  @Test func readsOldPacketsWithRubbishInTheUnusedBytes() throws {
    let bytes = packet(128, 1, payload: 4096, zero: 0xDEAD_BEEF, [0x1000])
    #expect(refused(bytes)?.code == .badPacket)
    let read = try decoded(bytes) { try MultifdPacket(from: &$0, layout: .normalPages) }.value
    #expect(try written { try read.write(to: &$0) } == bytes)
    // Old receivers made room for more pages than a packet has; still no more are in it.
    #expect(refused(packet(12800, 1, payload: 4096, [0]), layout: .normalPages) == nil)
    #expect(refused(packet(12801, 1, payload: 4096, [0]), layout: .normalPages)?.offset == 12)
    #expect(refused(packet(12800, 129, payload: 4096, [0]), layout: .normalPages)?.offset == 16)
  }

  @Test func refusesCountsThatDoNotFit() {
    #expect(refused(packet(129, 1, payload: 4096, [0]))?.offset == 12)
    #expect(refused(packet(.max, .max, payload: 4096, [0]))?.offset == 12)
    #expect(refused(packet(100, 101, payload: 4096 * 101))?.offset == 16)
    #expect(refused(packet(100, 1, payload: 4096, zero: 100))?.offset == 32)
    #expect(refused(packet(100, 1, payload: 4096, zero: .max))?.offset == 32)
    #expect(refused(packet(100, 1, payload: 4096, zero: 99)) == nil)
  }

  @Test func refusesAPayloadLengthThatThePagesCannotHave() {
    let cases: [(flags: UInt32, payload: UInt32, good: Bool)] = [
      (0x00, 8192, true), (0x00, 8191, false), (0x00, 8193, false), (0x00, 0, false),
      (0x02, 1, true), (0x02, 1 << 20, true), (0x02, 1 << 20 + 1, false), (0x02, 0, false),
      (0x04, 1 << 20, true), (0x04, .max, false), (0x20, 300, true), (0x20, .max, false),
      (0x08, 10, true), (0x08, 8200, true), (0x08, 8201, false), (0x10, 9, false),
    ]
    for (flags, payload, good) in cases {
      let error = refused(packet(flags: flags, 128, 2, payload: payload, [0, 4096]))
      #expect((error == nil) == good, "flags \(flags), payload \(payload)")
      if !good { #expect(error?.code == .badPacket && error?.offset == 20) }
    }
  }

  @Test func refusesUnknownFlagsAndMethods() {
    for flags in [UInt32(0x80), 0x100, 0x8000_0000] {
      let error = refused(packet(flags: flags, 128, 1, payload: 4096, [0]))
      #expect(error?.code == .badPacket && error?.offset == 8)
    }
    for flags in [UInt32(0x06), 0x0E, 0x30] {
      #expect(refused(packet(flags: flags, 128, 1, payload: 4096, [0]))?.offset == 8)
      // Without pages the method says nothing.
      #expect(refused(packet(flags: flags, 128, 0, payload: 0)) == nil)
    }
  }

  @Test func refusesOffsetsInsideAPageOrBeyondTheBlock() throws {
    let error = refused(packet(128, 2, payload: 8192, [0, 0x1800]))
    #expect(error?.code == .badPacket && error?.offset == 328)
    #expect(error?.path == ["pc.ram"])
    let bytes = packet(128, 1, payload: 4096, zero: 1, [0x3000, 0x4000])
    guard case .pages(let pages) = try decoded(bytes, { try MultifdPacket(from: &$0) }).value
    else { Issue.record("no pages"); return }
    #expect(throws: Never.self) { try pages.checkOffsets(blockLength: 0x5000) }
    for length in [UInt64(0x4FFF), 0x4000, 0x1000, 0] {
      let error = #expect(throws: VMStateError.self) {
        try pages.checkOffsets(blockLength: length, at: 64)
      }
      #expect(error?.code == .ramOffset && error?.path == ["pc.ram"])
      #expect(error?.offset == 64 + (length < 0x4000 ? 320 : 328))
    }
  }

  @Test func aNameWithoutAnEndHas255Bytes() throws {
    let bytes = packet(128, 1, payload: 4096, name: [UInt8](repeating: 0x61, count: 256), [0])
    let read = try decoded(bytes) { try MultifdPacket(from: &$0) }.value
    guard case .pages(let pages) = read else { Issue.record("no pages"); return }
    #expect(pages.blockName.count == 255)
    #expect(try written { try read.write(to: &$0) } == bytes)
  }

  @Test func thePageSizeDecidesTheLength() throws {
    let size = try #require(TargetPageSize(65536))
    let packet = MultifdPagePacket(
      name: utf8("ram"), normal: [65536], number: 1, flags: MultifdFlags(.none),
      payloadLength: 65536, pageSize: size)
    let bytes = try written { try packet.write(to: &$0) }
    #expect(bytes.count == 320 + 8 * 8)
    let read = try decoded(bytes) { try MultifdPacket(from: &$0, pageSize: size) }
    #expect(read.value == .pages(packet) && read.consumed == bytes.count)
  }

  @Test func refusesAPacketCutAnywhereButEndsBetweenPackets() throws {
    let bytes = packet(128, 1, payload: 4096, [0])
    expectCutsRefused(bytes) { try MultifdPacket(from: &$0) }
    #expect(try decoded([], { try MultifdPacket.next(from: &$0) }).value == nil)
    let error = refusal(Array(bytes[..<1])) { try MultifdPacket.next(from: &$0) }
    #expect(error?.code == .endOfStream)
  }
}

@Suite struct MultifdDeviceStatePacketTests {
  private let name = "0000:00:03.0/vfio"

  /// Magic, version, flags, name, instance 1, payload length.
  private func packet(
    flags: UInt32 = 0x40, name: [UInt8]? = nil, payload: UInt32 = 20
  ) -> [UInt8] {
    written { writer in
      let name = name ?? utf8(self.name)
      writer.put(bytes: hex("11223344 00000001"))
      writer.put(flags)
      writer.put(bytes: name)
      writer.put(zeros: 256 - name.count)
      writer.put(UInt32(1))
      writer.put(payload)
    }
  }

  @Test func readsAndWritesAPieceOfADevicesState() throws {
    let bytes = packet()
    let (read, consumed) = try decoded(bytes) { try MultifdPacket(from: &$0) }
    #expect(consumed == 276 && read.payloadLength == 20)
    #expect(
      read
        == .deviceState(
          MultifdDeviceStatePacket(name: utf8(name), instance: 1, payloadLength: 20)))
    #expect(try written { try read.write(to: &$0) } == bytes)
    guard case .deviceState(let packet) = read else { return }
    #expect(packet.idstr == name)
  }

  @Test func refusesWhatQEMURefuses() {
    func refused(_ bytes: [UInt8]) -> VMStateError? {
      refusal(bytes) { try MultifdPacket(from: &$0, maximumPayload: 1000) }
    }
    #expect(refused(packet(flags: 0x41))?.offset == 8)
    #expect(refused(packet(flags: 0x42))?.offset == 8)
    #expect(refused(packet(name: [UInt8](repeating: 0x61, count: 256)))?.offset == 12)
    #expect(refused(packet(name: [UInt8](repeating: 0x61, count: 255))) == nil)
    #expect(refused(packet(payload: 0))?.offset == 272)
    #expect(refused(packet(payload: 1000)) == nil)
    #expect(refused(packet(payload: 1001))?.code == .limitExceeded)
    #expect(refused(packet(payload: .max))?.code == .limitExceeded)
  }

  @Test func refusesAPacketCutAnywhere() {
    expectCutsRefused(packet()) { try MultifdPacket(from: &$0) }
  }
}
