import Testing
import TestSupport
import VMState
import VMStateDSL

/// A state of one property.
struct One<Value> {
  var f: Value
}

extension One: Sendable where Value: Sendable {}

/// A state of a count and what it counts.
struct Many<Count, Value> {
  var n: Count
  var f: Value
}

/// A small structure with tail padding.
struct Pair: Equatable, Sendable {
  var a: UInt16 = 0
  var b: UInt8 = 0

  static let vmstate = VMStateDescription<Pair>("pair", version: 2) {
    Field("a", \.a)
    Field("b", \.b)
  }
  /// The JSON members of one.
  static let json = #"""
    "vmsd_name": "pair", "version": 2, "fields": [{"name": "a", "type": "uint16", "size": 2}, \#
    {"name": "b", "type": "uint8", "size": 1}]
    """#
}

/// A hand-written codec: three bytes, the value's low 24 bits.
struct TripleCodec: FieldCodec {
  var typeName: String { "triple" }

  func encode(
    _ value: UInt32, to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    writer.put(UInt8(truncatingIfNeeded: value >> 16))
    writer.put(UInt16(truncatingIfNeeded: value))
  }

  func decode(
    into value: inout UInt32, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    let high = try reader.get(UInt8.self)
    value = UInt32(high) << 16 | UInt32(try reader.get(UInt16.self))
  }
}

/// Takes every step and does nothing with it: switches the compiled plans off.
final class SilentObserver: TransferObserver {
  func observe(_ event: TransferEvent) {}
}

/// The JSON object of the row `f`.
func object(_ type: String, _ size: Int, _ arrayLength: Int? = nil) -> String {
  let length = arrayLength.map { #""array_len": \#($0), "# } ?? ""
  return #"{"name": "f", \#(length)"type": "\#(type)", "size": \#(size)}"#
}

/// The JSON object of the row `f` over structures `Pair`.
func pairs(_ arrayLength: Int? = nil) -> String {
  let length = arrayLength.map { #""array_len": \#($0), "# } ?? ""
  return #"{"name": "f", \#(length)"type": "struct", "struct": {\#(Pair.json)}, "size": 3}"#
}

/// Proves one kind of row: exact bytes, the load back, the refusal of every cut, presence by
/// version and by test, and the JSON text of the three generations.
///
/// - Parameters:
///   - row: The row `f`.
///   - state: What is saved.
///   - fresh: The destination; its bytes must differ unless `carries` is false.
///   - wire: The row's own bytes, as digits.
///   - json: The row's JSON objects in 10.0; `old` those of 7.2 and `new` those of 11.1 where
///     they differ.
///   - count: The row of the count, which comes before.
///   - head: The count's bytes.
///   - carries: The bytes depend on the state.
///   - profile: The form of the bytes.
func expectKind<Row: TableRow>(
  _ row: Row, _ state: Row.Root, into fresh: Row.Root, wire: String, json: String,
  old: String? = nil, new: String? = nil, count: VMStateField<Row.Root>? = nil,
  head: String = "", carries: Bool = true, profile: StreamProfile = .qemu10_0,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let before = count.map { [$0] } ?? []
  let table = VMStateDescription("k", version: 2, fields: before + [row.field])
  let bytes = hex(head) + hex(wire)
  let context = SaveContext(profile: profile)
  let found = try table.bytes(of: state, context: context)
  #expect(hexText(found) == hexText(bytes), sourceLocation: sourceLocation)
  let watched = SaveContext(profile: profile, observer: SilentObserver())
  #expect(try table.bytes(of: state, context: watched) == bytes, sourceLocation: sourceLocation)
  if carries {
    let other = try? table.bytes(of: fresh, context: context)
    #expect(other != bytes, "the sample proves nothing", sourceLocation: sourceLocation)
  }
  for observer in [nil, SilentObserver()] {
    var loaded = fresh
    let rest = try load(
      table, into: &loaded, bytes + [0xEE],
      context: LoadContext(profile: profile, observer: observer))
    #expect(rest == [0xEE], sourceLocation: sourceLocation)
    #expect(try table.bytes(of: loaded, context: context) == bytes, sourceLocation: sourceLocation)
  }
  for length in bytes.indices {
    let error = loadError(
      table, into: fresh, Array(bytes[..<length]), context: LoadContext(profile: profile))
    #expect(error?.code == .endOfStream, "cut after \(length)", sourceLocation: sourceLocation)
    #expect(error?.offset == UInt64(length), sourceLocation: sourceLocation)
  }
  try expectPresence(row, state, before, hex(head), bytes, profile, sourceLocation)
  let only = VMStateDescription("k", version: 2, fields: [row.field])
  let texts = [
    (StreamProfile.qemu7_2, old ?? json), (.qemu10_0, json), (.qemu11_1, new ?? json),
  ]
  for (generation, text) in texts
  where !profile.pointerMarkers || generation.pointerMarkers {
    let members = #""vmsd_name": "k", "version": 2, "fields": [\#(text)]"#
    #expect(
      try only.descriptionText(of: state, profile: generation) == members,
      "profile \(generation.name)", sourceLocation: sourceLocation)
  }
}

/// The row is absent below its version and where its test says so.
private func expectPresence<Row: TableRow>(
  _ row: Row, _ state: Row.Root, _ before: [VMStateField<Row.Root>], _ head: [UInt8],
  _ bytes: [UInt8], _ profile: StreamProfile, _ sourceLocation: SourceLocation
) throws {
  let sinceTwo = VMStateDescription("k", version: 2, fields: before + [row.since(2).field])
  let tested = VMStateDescription(
    "k", version: 2, fields: before + [row.since(2).when { _, version in version == 1 }.field])
  for (table, version, isPresent) in [
    (sinceTwo, 1, false), (sinceTwo, 2, true), (tested, 1, true), (tested, 2, false),
  ] {
    let expected = isPresent ? bytes : head
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    var json: DescriptionText?
    var copy = state
    try table.save(
      &copy, version: version, to: &writer, json: &json, SaveContext(profile: profile))
    try writer.flush()
    #expect(channel.bytes == expected, sourceLocation: sourceLocation)
    let rest = try load(
      table, into: &copy, expected + [0xEE], version: version,
      context: LoadContext(profile: profile))
    #expect(rest == [0xEE], sourceLocation: sourceLocation)
  }
}
