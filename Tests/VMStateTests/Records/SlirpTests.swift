import TestSupport
import Testing
import VMState

@Suite struct SlirpStateTests {
  /// A guest-forward connection of 10.0.2.100 port 1234 with two rings of 64 bytes.
  private var socket: SlirpSocket {
    var control = SlirpTCPControl()
    control.state = 4
    control.timer2 = -1
    control.maximumSegment = 1460
    control.initialSend = 0xDEAD_BEEF
    control.lastAckSent = 0x0102_0304
    let ring = (UInt8(0)..<64).map { $0 }
    return SlirpSocket(
      foreign: SlirpAddress((10, 0, 2, 100), port: 1234),
      local: SlirpAddress((10, 0, 2, 15), port: 40000),
      received: SlirpBuffer(waiting: 5, writeOffset: 63, readOffset: 58, bytes: ring),
      sent: SlirpBuffer(waiting: 0, writeOffset: 0, readOffset: 0, bytes: ring.reversed()),
      control: control)
  }

  @Test func readsAndWritesTheRecordedBody() throws {
    let bytes = try Fixture.records("7.2/slirp")
    let (state, consumed) = try decoded(bytes) { try SlirpState(from: &$0) }
    #expect(consumed == 131 && state == SlirpState())
    #expect(try written { try state.write(to: &$0) } == bytes)
  }

  @Test func writesAConnectionInTheObservedOrder() throws {
    let state = SlirpState(sockets: [socket], nextIdentification: 0x1234)
    let bytes = try written { try state.write(to: &$0) }
    // Marker, 306 bytes of connection, end, and the rest.
    #expect(bytes.count == 1 + 306 + 131)
    // Marker 42, urgent, family 2, 10.0.2.100 and 1234 reversed, family 2, 10.0.2.15, 40000.
    #expect(bytes.starts(with: hex("2a 00000000 0002 6402000a d204 0002 0f02000a 409c 000000")))
    // Waiting, size, write offset, read offset.
    #expect(bytes[28..<44] == hex("00000005 00000040 0000003f 0000003a")[...])
    #expect(bytes[307..<310] == hex("00 1234")[...])
    let (read, consumed) = try decoded(bytes) { try SlirpState(from: &$0) }
    #expect(read == state && consumed == bytes.count)
    expectCutsRefused(bytes) { try SlirpState(from: &$0) }
  }

  @Test(arguments: [1, 2, 3])
  func readsAndWritesOlderVersions(_ version: Int) throws {
    var state = SlirpState(sockets: [socket])
    if version >= 2 { state.nextIdentification = 7 }
    if version >= 3 { state.clients[3] = .init(allocated: 1, address: 0x5254_0012_3456) }
    let bytes = try written { try state.write(to: &$0, version: version) }
    // Both addresses, then both ports, without families.
    #expect(bytes[5..<17] == hex("6402000a 0f02000a d204 409c")[...])
    #expect(bytes.count == 303 + 1 + (version >= 2 ? 2 : 0) + (version >= 3 ? 128 : 0))
    let (read, consumed) = try decoded(bytes) { try SlirpState(from: &$0, version: version) }
    #expect(read == state && consumed == bytes.count)
  }

  @Test func readsTheClients() throws {
    var bytes = hex("00 0000")
    for index in UInt8(0)..<16 { bytes += [0, index % 2, 0x52, 0x54, 0, 0x12, 0x34, index] }
    let state = try decoded(bytes) { try SlirpState(from: &$0) }.value
    #expect(state.clients[1] == .init(allocated: 1, address: 0x5254_0012_3401))
    #expect(try written { try state.write(to: &$0) } == bytes)
  }

  @Test func knowsTheFamilies() throws {
    for (family, extra) in [(UInt16(10), ""), (23, ""), (28, ""), (0xFFFF, "")] {
      var other = socket
      other.foreign = SlirpAddress(family: family)
      let state = SlirpState(sockets: [other])
      let bytes = try written { try state.write(to: &$0) }
      #expect(bytes.count == 1 + 300 + 131 + extra.utf8.count)
      #expect(try decoded(bytes, { try SlirpState(from: &$0) }).value == state)
    }
    var bytes = try written { try SlirpState(sockets: [socket]).write(to: &$0) }
    bytes[6] = 3
    let error = refusal(bytes) { try SlirpState(from: &$0) }
    #expect(error?.code == .badRecord && error?.offset == 5)
  }

  @Test func refusesBufferOffsetsOutsideTheBuffer() throws {
    let bytes = try written { try SlirpState(sockets: [socket]).write(to: &$0) }
    // Size 0; write offset 64; read offset 64; more waiting than there is.
    for (place, text) in [(32, "00000000"), (36, "00000040"), (40, "00000040"), (28, "00000041")] {
      var bad = bytes
      bad.replaceSubrange(place..<place + 4, with: hex(text))
      let error = refusal(bad) { try SlirpState(from: &$0) }
      #expect(error?.code == .badRecord && error?.offset == 28)
    }
  }

  @Test func refusesMoreMemoryThanTheLimits() throws {
    var limits = Limits()
    limits.fieldBytes = 1000
    let bytes = try written { try SlirpState(sockets: [socket]).write(to: &$0) }
    #expect(refusal(bytes) { try SlirpState(from: &$0, limits: limits) } == nil)
    // A ring of 4 GiB less one byte.
    var huge = bytes
    huge.replaceSubrange(32..<36, with: hex("ffffffff"))
    #expect(refusal(huge) { try SlirpState(from: &$0) }?.code == .limitExceeded)
    let many = try written {
      try SlirpState(sockets: [SlirpSocket](repeating: socket, count: 10)).write(to: &$0)
    }
    #expect(refusal(many) { try SlirpState(from: &$0, limits: limits) }?.code == .limitExceeded)
    limits = Limits()
    limits.elements = 9
    #expect(refusal(many) { try SlirpState(from: &$0, limits: limits) }?.code == .limitExceeded)
    limits.elements = 10
    #expect(refusal(many) { try SlirpState(from: &$0, limits: limits) } == nil)
  }

  @Test func refusesOtherVersions() {
    let bytes = [UInt8](repeating: 0, count: 131)
    #expect(refusal(bytes) { try SlirpState(from: &$0, version: 5) }?.code == .versionTooNew)
    #expect(refusal(bytes) { try SlirpState(from: &$0, version: 0) }?.code == .versionTooOld)
  }

  @Test func cannotWriteAStackThatTheFormatCannotExpress() {
    var unmarked = socket
    unmarked.marker = 0
    let states = [SlirpState(sockets: [unmarked]), SlirpState(clients: [])]
    for state in states {
      let error = #expect(throws: VMStateError.self) { try written { try state.write(to: &$0) } }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}
