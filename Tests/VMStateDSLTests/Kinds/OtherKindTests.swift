import Testing
import TestSupport
import VMState
import VMStateDSL

/// Line K11 and lines K84 to K93 of the table of field kinds.
@Suite struct OtherKindTests {
  @Test func k11DescriptorsTravelBesideTheBytes() throws {
    let table = VMStateDescription<One<Int32>>("k", version: 2) { Descriptor("f", \.f) }
    let channel = DescriptorChannel()
    var writer = StreamWriter(channel)
    var json: DescriptionText? = DescriptionText()
    var state = One(f: Int32(42))
    try table.save(&state, to: &writer, json: &json)
    try writer.flush()
    #expect(channel.bytes == hex("20"))
    #expect(
      String(decoding: json?.bytes ?? [], as: UTF8.self)
        == #""vmsd_name": "k", "version": 2, "fields": [\#(object("fd", 1))]"#)
    var reader = StreamReader(channel)
    var loaded = One(f: Int32(-1))
    try table.load(&loaded, from: &reader)
    #expect(loaded.f == 42)
  }

  @Test func k11AChannelOfBytesAloneIsRefused() {
    let table = VMStateDescription<One<Int32>>("k") { Descriptor("f", \.f) }
    let saving = #expect(throws: VMStateError.self) { try table.bytes(of: One(f: 42)) }
    let loading = loadError(table, into: One(f: -1), hex("20"))
    for error in [saving, loading] {
      #expect(error?.code == .unsupported)
      #expect(error?.pathDescription == "f")
    }
  }

  @Test func k11AByteWithoutADescriptorIsRefused() throws {
    let table = VMStateDescription<One<Int32>>("k") { Descriptor("f", \.f) }
    let channel = DescriptorChannel(hex("20"))
    let error = #expect(throws: VMStateError.self) {
      var reader = StreamReader(channel)
      var state = One(f: Int32(-1))
      try table.load(&state, from: &reader)
    }
    #expect(error?.code == .valueMismatch)
    #expect(error?.offset == 0)
  }

  @Test func k84StructuresOfOtherDevices() throws {
    // SSI peripherals have a table of one truth value.
    let peripheral = VMStateDescription<One<Bool>>("SSISlave", version: 1, minimum: 1) {
      Field("cs", \.f)
    }
    try expectKind(
      Struct("f", \.f, peripheral), One(f: One(f: true)), into: One(f: One(f: false)),
      wire: "01",
      json: #"""
        {"name": "f", "type": "struct", "struct": {"vmsd_name": "SSISlave", "version": 1, \#
        "fields": [{"name": "cs", "type": "bool", "size": 1}]}, "size": 1}
        """#)
  }

  @Test func k85ClocksAndTimersBehindPointers() throws {
    let clock = VMStateDescription<One<UInt64>>("clock", version: 0) { Field("period", \.f) }
    try expectKind(
      Pointee("f", \.f, clock), One<One<UInt64>?>(f: One(f: 7)),
      into: One<One<UInt64>?>(f: One(f: 0)), wire: "0000000000000007",
      json: #"""
        {"name": "f", "type": "struct", "struct": {"vmsd_name": "clock", "version": 0, \#
        "fields": [{"name": "period", "type": "uint64", "size": 8}]}, "size": 8}
        """#)
  }

  @Test func k86ArraysOfClocks() throws {
    try expectKind(
      Pointers("f", \.f, Pair.vmstate), One<InlineArray<2, Pair?>>(f: [Pair(a: 1), Pair(a: 2)]),
      into: One(f: [Pair(), Pair()]), wire: "0001 00 0002 00", json: pairs(2))
  }

  @Test func k87ArraysOfBuses() throws {
    try expectKind(
      Structs("f", \.f, Pair.vmstate), One<InlineArray<2, Pair>>(f: [Pair(a: 1), Pair(b: 2)]),
      into: One(f: [Pair(), Pair()]), wire: "0001 00 0000 02", json: pairs(2))
  }

  @Test func k88ErrorLogsCheckTheirCount() throws {
    struct Entry: Sendable {
      var status: UInt32 = 0
      var source: UInt16 = 0
      var flags: UInt16 = 0
      var header: InlineArray<4, UInt32> = [0, 0, 0, 0]
      var prefix: InlineArray<4, UInt32> = [0, 0, 0, 0]
      static let vmstate = VMStateDescription<Entry>("PCIE_AER_ERROR", version: 1, minimum: 1) {
        Field("status", \.status)
        Field("source_id", \.source)
        Field("flags", \.flags)
        Field("header", \.header)
        Field("prefix", \.prefix)
      }
    }
    struct Log: Sendable {
      var number: UInt16
      var maximum: UInt16 = 2
      var entries = [Entry(), Entry()]
      static let vmstate = VMStateDescription<Log>("PCIE_AER_ERROR_LOG", version: 1, minimum: 1) {
        Field("log_num", \.number)
        Equal("log_max", \.maximum)
        Validate("log_num <= log_max") { log, _ in log.number <= log.maximum }
        Counted("log", \.entries, Entry.vmstate, count: \.number)
      }
    }
    let table = VMStateDescription<One<Log>>("k") { Struct("f", \.f, Log.vmstate) }
    var log = Log(number: 1)
    log.entries[0].status = 0x8000_0001
    log.entries[0].header[3] = 5
    let bytes = try table.bytes(of: One(f: log))
    #expect(
      bytes
        == hex(
          """
          0001 0002 80000001 0000 0000 00000000 00000000 00000000 00000005
          00000000 00000000 00000000 00000000
          """))
    var loaded = One(f: Log(number: 0))
    #expect(try load(table, into: &loaded, bytes + [9]) == [9])
    #expect(loaded.f.entries[0].header[3] == 5)
    let error = loadError(table, into: loaded, hex("0003 0002"))
    #expect(error?.code == .validationFailed)
    #expect(error?.pathDescription == "f/log_num <= log_max")
    #expect(error?.offset == 4)
  }

  @Test func k89HotplugRowsFollowTheirTests() throws {
    struct Hotplug {
      var select: UInt32 = 1
      var status: InlineArray<256, Pair> = .init(repeating: Pair())
      var index: UInt32 = 2
      var hasBridges = true
      var hasIndex = false
      static let vmstate = VMStateDescription<Hotplug>("k", version: 3) {
        Field("hotplug_select", \.select).when { state, _ in state.hasBridges }
        Structs("status", \.status, Pair.vmstate).since(1).when { state, _ in state.hasBridges }
        Field("acpi_index", \.index).when { state, _ in state.hasIndex }
        Local(\.hasBridges)
        Local(\.hasIndex)
      }
    }
    #expect(try Hotplug.vmstate.bytes(of: Hotplug()).count == 4 + 256 * 3)
    #expect(
      try Hotplug.vmstate.bytes(of: Hotplug(hasBridges: false, hasIndex: true))
        == hex("00000002"))
  }

  @Test func k90TargetWordsAreOfEitherWidth() throws {
    try expectKind(
      Field("f", \.f), One<InlineArray<2, UInt32>>(f: [1, 2]), into: One(f: [0, 0]),
      wire: "00000001 00000002", json: object("uint32", 4, 2))
    try expectKind(
      Elements("f", \.f), One<InlineArray<2, InlineArray<1, UInt64>>>(f: [[1], [2]]),
      into: One(f: [[0], [0]]), wire: "0000000000000001 0000000000000002",
      json: object("uint64", 8, 2))
    try expectKind(
      Equal("f", \.f), One(f: UInt64(7)), into: One(f: 7), wire: "0000000000000007",
      json: object("int64 equal", 8), carries: false)
  }

  @Test func k91HardwareAddresses() throws {
    try expectKind(
      Buffer("f", \.f), One<InlineArray<6, UInt8>>(f: [0x52, 0x54, 0, 0x12, 0x34, 0x56]),
      into: One(f: InlineArray(repeating: 0)), wire: "525400123456", json: object("buffer", 6))
  }

  @Test func k92DevicesWithACodecOfTheirOwn() throws {
    struct VirtioCodec: FieldCodec {
      var typeName: String { "virtio" }
      func encode(
        _ value: Pair, to writer: inout StreamWriter, _ context: SaveContext
      ) throws(VMStateError) {
        writer.put(value.b)
        writer.put(value.a)
      }
      func decode(
        into value: inout Pair, from reader: inout StreamReader, _ context: LoadContext
      ) throws(VMStateError) {
        value.b = try reader.get(UInt8.self)
        value.a = try reader.get(UInt16.self)
      }
    }
    try expectKind(
      Custom("f", \.f, VirtioCodec()), One(f: Pair(a: 1, b: 2)), into: One(f: Pair()),
      wire: "02 0001", json: object("virtio", 3))
  }

  @Test func k93TwoBytesAsOneHalfWord() throws {
    try expectKind(
      Computed(
        "f", get: { UInt16($0.f[1]) << 8 | UInt16($0.f[0]) },
        set: { state, value in
          state.f[0] = UInt8(truncatingIfNeeded: value)
          state.f[1] = UInt8(value >> 8)
        }, covering: [\.f]),
      One<InlineArray<4, UInt8>>(f: [1, 2, 3, 4]), into: One(f: [0, 0, 0, 0]), wire: "0201",
      json: object("uint16", 2))
  }
}

/// A channel in memory that passes descriptors in order.
private final class DescriptorChannel: ByteChannel {
  private let memory: MemoryChannel
  private let queue = Guarded<[Int32]>([])

  init(_ bytes: [UInt8] = []) { memory = MemoryChannel(bytes) }

  var bytes: [UInt8] { memory.bytes }
  var capabilities: ChannelCapabilities { .descriptors }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try memory.read(into: buffer)
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    try memory.write(spans)
  }

  func send(descriptor: Int32) throws(VMStateError) {
    var space: UInt8 = 0x20
    queue.withLock { $0.append(descriptor) }
    try withUnsafePointer(to: &space) { (byte) throws(VMStateError) in
      var span = WriteSpan(base: byte, count: 1)
      try withUnsafePointer(to: &span) { (span) throws(VMStateError) in
        _ = try memory.write(UnsafeBufferPointer(start: span, count: 1))
      }
    }
  }

  func takeDescriptor() -> Int32? {
    queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
