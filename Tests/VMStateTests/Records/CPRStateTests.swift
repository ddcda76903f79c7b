import TestSupport
import Testing
import VMState

@Suite struct CPRStateTests {
  /// The observed form of 10.0: length with the zero, name, id, and the byte 0x20.
  private func transferEntry(_ name: String) -> [UInt8] {
    [1, 0, 0, 0, UInt8(name.utf8.count + 1)] + utf8(name) + hex("00 00000000 20")
  }

  private var transfer: [UInt8] {
    hex("51435052 00000001") + transferEntry("/rom@etc/acpi/rsdp")
      + transferEntry("/rom@etc/table-loader") + transferEntry("m") + [0]
  }

  /// 11.1: the number of the descriptor, and the subsection with one device.
  private var exec: [UInt8] {
    hex("51435052 00000001  01 00000008") + utf8("pc.bios") + hex("00 00000000 0000000e  00")
      + hex("05 15") + utf8("CprState/vfio devices")
      + hex("00000001  01 00000003 303100 00000002 00000003 00000004  00")
  }

  @Test func readsAndWritesWhatATransferSends() throws {
    let (state, consumed) = try decoded(transfer) { try CPRState(from: &$0, mode: .transfer) }
    #expect(consumed == transfer.count)
    #expect(
      state
        == CPRState(
          mode: .transfer,
          descriptors: ["/rom@etc/acpi/rsdp", "/rom@etc/table-loader", "m"].map {
            CPRState.Descriptor(name: utf8($0))
          }))
    #expect(try written { try state.write(to: &$0) } == transfer)
    expectCutsRefused(transfer) { try CPRState(from: &$0, mode: .transfer) }
  }

  @Test func readsAndWritesWhatAnExecLeaves() throws {
    let (state, consumed) = try decoded(exec) { try CPRState(from: &$0, mode: .exec) }
    #expect(consumed == exec.count)
    #expect(state.descriptors == [.init(name: utf8("pc.bios"), value: 14)])
    #expect(
      state.devices
        == [.init(name: utf8("01"), device: 2, addressSpace: 3, pageTable: 4)])
    #expect(try written { try state.write(to: &$0) } == exec)
    // Without the subsection it is a good state of 10.0: only other cuts are errors.
    let bare = exec.firstIndex(of: 0x05)!
    for count in exec.indices where count != bare {
      let error = refusal(Array(exec[..<count])) { try CPRState(from: &$0, mode: .exec) }
      #expect(error?.code == .endOfStream, "cut at \(count)")
    }
  }

  @Test func findsOutHowDescriptorsTravelled() throws {
    func parse(_ bytes: [UInt8]) throws -> CPRState {
      try bytes.withUnsafeBytes { try CPRState(parsing: $0) }
    }
    #expect(try parse(transfer).mode == .transfer)
    #expect(try parse(exec).mode == .exec)
    #expect(try parse(hex("51435052 00000001 00")).descriptors.isEmpty)
    for (bytes, code) in [
      (transfer + [0], VMStateError.Code.trailingData), (exec.dropLast(), .endOfStream),
      ([], .endOfStream), (hex("5145564d 00000003"), .badMagic),
    ] {
      let error = #expect(throws: VMStateError.self) { try parse(bytes) }
      #expect(error?.code == code)
    }
  }

  @Test func refusesWhatBreaksTheFormat() {
    func refused(_ text: String, _ limits: Limits = Limits()) -> VMStateError? {
      refusal(hex("51435052" + text)) { try CPRState(from: &$0, mode: .exec, limits: limits) }
    }
    #expect(refused("00000002")?.code == .unsupportedStreamVersion)
    // Names: no byte; 4097 bytes; 4 GiB; without a zero.
    #expect(refused("00000001 01 00000000")?.code == .badRecord)
    #expect(refused("00000001 01 00001001")?.offset == 9)
    #expect(refused("00000001 01 ffffffff")?.code == .badRecord)
    let unended = refused("00000001 01 00000002 6d6d 00000000 00000001 00")
    #expect(unended?.code == .badRecord && unended?.offset == 14)
    // Another subsection; another version of it.
    #expect(refused("00000001 00 05 01 61 00000001 00")?.code == .unknownSubsection)
    let name = hexText(utf8(CPRState.devicesName))
    #expect(refused("00000001 00 05 15 \(name) 00000002 00")?.code == .versionTooNew)
    #expect(refused("00000001 00 05 15 \(name) 00000000 00")?.code == .versionTooOld)
  }

  @Test func aListThatNeverEndsStopsAtTheLimit() {
    let entry = hex("01 00000001 00 00000000 00000005")
    var limits = Limits()
    limits.elements = 1000
    let endless = EndlessChannel(hex("51435052 00000001"), then: entry)
    let error = #expect(throws: VMStateError.self) {
      var reader = StreamReader(endless)
      _ = try CPRState(from: &reader, mode: .exec, limits: limits)
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.offset == 8 + 1000 * 14)
    limits = Limits()
    limits.fieldBytes = 10000
    #expect(throws: VMStateError.self) {
      var reader = StreamReader(EndlessChannel(hex("51435052 00000001"), then: entry))
      _ = try CPRState(from: &reader, mode: .exec, limits: limits)
    }
  }

  @Test func cannotWriteWhatTheFormatCannotExpress() {
    var unmarked = CPRState.Descriptor(name: utf8("m"))
    unmarked.marker = 0
    let long = CPRState.Descriptor(name: [UInt8](repeating: 97, count: 4096))
    let wide = CPRState.Descriptor(name: utf8("m"), value: 256)
    for entry in [unmarked, long, wide] {
      let state = CPRState(mode: .transfer, descriptors: [entry])
      let error = #expect(throws: VMStateError.self) { try written { try state.write(to: &$0) } }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}
