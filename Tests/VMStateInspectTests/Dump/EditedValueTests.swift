import TestSupport
import Testing
import VMState
import VMStateInspect

/// Changing one value in the JSON changes exactly the bytes at the offset that it shows.
@Suite struct EditedValueTests {
  /// A change of a leaf: the value, and the bytes that it must give.
  struct Change: Sendable, CustomStringConvertible {
    var type: String
    var value: JSONValue
    var bytes: [UInt8]
    var description: String { type }
  }

  static let changes = [
    Change(type: "uint8", value: .number("255"), bytes: hex("ff")),
    Change(type: "uint16", value: .number("258"), bytes: hex("0102")),
    Change(type: "uint32", value: .number("4294967294"), bytes: hex("fffffffe")),
    Change(type: "uint64", value: .number("18446744073709551613"), bytes: hex("fffffffffffffffd")),
    Change(type: "int8", value: .number("-128"), bytes: hex("80")),
    Change(type: "int32", value: .number("-2"), bytes: hex("fffffffe")),
    Change(type: "int64", value: .number("-9223372036854775807"), bytes: hex("8000000000000001")),
    Change(type: "timer", value: .number("1000000007"), bytes: hex("000000003b9aca07")),
    Change(type: "int32 le", value: .number("77"), bytes: hex("0000004d")),
    Change(type: "int32 equal", value: .number("78"), bytes: hex("0000004e")),
    Change(type: "uint32 equal", value: .number("79"), bytes: hex("0000004f")),
    Change(type: "uint8 equal", value: .string("0x9c"), bytes: hex("9c")),
    Change(
      type: "pci irq state", value: .string("00112233445566778899aabbccddeeff"),
      bytes: hex("00112233445566778899aabbccddeeff")),
  ]

  private static let plain = Result { try Recording("10.0/pc") }
  private static let rich = Result { try Recording("10.0/pc-rich") }

  /// A stream with its dump.
  private struct Recording {
    let stream: [UInt8]
    let dump: JSONValue

    init(_ name: String) throws {
      stream = try Fixture.stream(name)
      dump = try Lossless.value(try Lossless.json(stream))
    }

    /// One that has fields of a type.
    static func with(_ type: String) throws -> Recording {
      // What only the machine with more devices has.
      let isRare = ["int8", "virtio", "msix state", "uint32 equal"].contains(type)
      return try (isRare ? rich : plain).get()
    }
  }

  @Test(arguments: changes)
  func changesExactlyTheBytesThatTheDumpShowed(change: Change) throws {
    let recording = try Recording.with(change.type)
    let original = recording.stream
    var editor = LeafEditor(type: change.type) { _ in change.value }
    let edited = editor.edit(recording.dump)
    let offset = try #require(editor.offset)
    var expected = original
    expected.replaceSubrange(offset..<offset + change.bytes.count, with: change.bytes)
    #expect(expected != original)
    #expect(try Lossless.assemble(edited.jsonBytes) == expected)
  }

  @Test func changesABool() throws {
    let recording = try Recording.with("bool")
    let original = recording.stream
    var editor = LeafEditor(type: "bool") { .bool($0.bool != true) }
    let edited = editor.edit(recording.dump)
    let offset = try #require(editor.offset)
    var expected = original
    expected[offset] ^= 1
    #expect(try Lossless.assemble(edited.jsonBytes) == expected)
  }

  @Test(arguments: ["buffer", "virtio", "pci config", "msix state", "unused_buffer"])
  func changesABuffer(type: String) throws {
    let recording = try Recording.with(type)
    let original = recording.stream
    var editor = LeafEditor(type: type) { value in
      .string("5a" + (value.text ?? "").dropFirst(2))
    }
    let edited = editor.edit(recording.dump)
    let offset = try #require(editor.offset)
    var expected = original
    expected[offset] = 0x5a
    #expect(expected != original)
    #expect(try Lossless.assemble(edited.jsonBytes) == expected)
  }

  @Test(arguments: [("uint8", 1), ("uint16", 2), ("int32", 4), ("uint32", 4), ("uint64", 8)])
  func changesAnElementOfAnArray(type: String, width: Int) throws {
    let recording = try Recording.with(type)
    let original = recording.stream
    var editor = LeafEditor(type: type, isArray: true) { value in
      guard case .array(var elements) = value else { return value }
      elements[1] = .number("113")
      return .array(elements)
    }
    let edited = editor.edit(recording.dump)
    let offset = try #require(editor.offset)
    var expected = original
    let element = offset + width..<offset + 2 * width
    expected.replaceSubrange(element, with: [UInt8](repeating: 0, count: width - 1) + [113])
    #expect(expected != original)
    #expect(try Lossless.assemble(edited.jsonBytes) == expected)
  }

  @Test func changesAPage() throws {
    let page = [UInt8](repeating: 0, count: 100) + [7] + [UInt8](repeating: 0, count: 3995)
    // RAM of one page: header, START section with setup, PART-less END left out on purpose.
    let bytes =
      hex("5145564d 00000003 01 00000002 03 72616d 00000000 00000004")
      + hex("0000000000001004 01 61 0000000000001000")
      + hex("0000000000000008 01 61") + page + hex("0000000000000010 7e 00000002 00")
    let json = String(decoding: try Lossless.json(bytes), as: UTF8.self)
    #expect(try Lossless.assemble(Array(json.utf8)) == bytes)
    let changed = json.replacing("\"at\": 96", with: "\"at\": 104")
    #expect(changed != json)
    var expected = bytes
    let first = bytes.count - 14 - 4096
    expected[first + 100] = 0
    expected[first + 108] = 7
    #expect(try Lossless.assemble(Array(changed.utf8)) == expected)
  }

  static let misfits: [(type: String, value: JSONValue, expected: String)] = [
    ("uint8", .number("256"), "an integer from 0 to 255"),
    ("uint8", .number("-1"), "an integer from 0 to 255"),
    ("uint16", .number("65536"), "an integer from 0 to 65535"),
    ("uint32", .number("1.5"), "an integer from 0 to 4294967295"),
    ("uint64", .number("18446744073709551616"), "an integer from 0 to 18446744073709551615"),
    ("int32", .number("2147483648"), "an integer from -2147483648 to 2147483647"),
    ("int64", .string("x"), "an integer from -9223372036854775808 to 9223372036854775807"),
    ("bool", .string("maybe"), "true or false"),
    ("timer", .bool(true), "nanoseconds, or none"),
    ("pci irq state", .string("00"), "16 bytes"),
    ("buffer", .string("zz"), "bytes in hexadecimal digits"),
  ]

  @Test(arguments: misfits.indices)
  func refusesAValueThatDoesNotFit(index: Int) throws {
    let (type, value, expected) = Self.misfits[index]
    let recording = try Recording.with(type)
    var editor = LeafEditor(type: type) { _ in value }
    let edited = editor.edit(recording.dump)
    #expect(editor.offset != nil)
    let error = #expect(throws: VMStateError.self) { try Lossless.assemble(edited.jsonBytes) }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.expected?.hasSuffix(expected) == true, "\(String(describing: error))")
    #expect(error?.path.count ?? 0 >= 2)
  }
}

/// Changes the first leaf of a type in a dump.
struct LeafEditor {
  let type: String
  var isArray = false
  let change: (JSONValue) -> JSONValue
  /// Where the dump says that the leaf stands.
  private(set) var offset: Int?

  init(type: String, isArray: Bool = false, change: @escaping (JSONValue) -> JSONValue) {
    self.type = type
    self.isArray = isArray
    self.change = change
  }

  mutating func edit(_ value: JSONValue) -> JSONValue {
    guard offset == nil else { return value }
    switch value {
    case .array(let elements): return .array(elements.map { edit($0) })
    case .object(let members): return .object(edit(members, value))
    default: return value
    }
  }

  private mutating func edit(
    _ members: [JSONValue.Member], _ object: JSONValue
  ) -> [JSONValue.Member] {
    let isWanted =
      object["type"]?.text == type && (object["array_len"] != nil) == isArray
      && object["value"] != nil && object["size"]?.int != 0
    guard isWanted else {
      return members.map { JSONValue.Member(key: $0.key, value: edit($0.value)) }
    }
    offset = object["offset"]?.int
    return members.map { member in
      JSONValue.Member(
        key: member.key, value: member.key == "value" ? change(member.value) : member.value)
    }
  }
}
