import VMState

/// A body's values in the form of QEMU's analyzer.
///
/// Integers are strings of hexadecimal digits, negative ones with the number behind them;
/// everything that the analyzer has no reader for is a string of bytes. Fields that share a
/// name become a list; a subsection replaces what has its name.
enum CompatState {
  private static let signed: Set<String> = [
    "int8", "int16", "int32", "int32 equal", "int32 le", "int64", "int64 equal", "uint8 equal",
    "uint16 equal",
  ]
  private static let unsigned: Set<String> = [
    "uint8", "uint16", "uint32", "uint32 equal", "uint64",
  ]

  /// The members of an object in order, found by name.
  private struct Members {
    var list: [JSONValue.Member] = []
    var places: [String: Int] = [:]
    // Names whose value is a list because several fields share them.
    var shared: Set<String> = []

    mutating func add(_ name: String, _ value: JSONValue) {
      guard let place = places[name] else {
        places[name] = list.count
        list.append(JSONValue.Member(key: name, value: value))
        return
      }
      if shared.contains(name), case .array(var elements) = list[place].value {
        list[place].value = .null
        elements.append(value)
        list[place].value = .array(elements)
      } else {
        list[place].value = .array([list[place].value, value])
        shared.insert(name)
      }
    }

    mutating func replace(_ name: String, _ value: JSONValue) {
      guard let place = places[name] else { return add(name, value) }
      list[place].value = value
      shared.remove(name)
    }
  }

  /// The object for a body.
  ///
  /// - Throws: `badMarker` for a null pointer with another marker than `0`; `badDescription`.
  static func value(
    _ table: DescribedTable, _ state: DescribedState
  ) throws(VMStateError) -> JSONValue {
    var members = Members()
    for (field, content) in zip(table.fields, state.fields) {
      try add(field, content, to: &members)
    }
    for (subsection, inner) in zip(table.subsections, state.subsections) {
      members.replace(subsection.name, try value(subsection, inner))
    }
    return .object(members.list)
  }

  private static func add(
    _ field: DescribedField, _ content: DescribedState.Value, to members: inout Members
  ) throws(VMStateError) {
    if field.type == "struct", case .structure(let table) = field.content,
      case .structures(let states) = content
    {
      for state in states { members.add(field.name, try value(table, state)) }
      return
    }
    let bytes = try wireBytes(field, content)
    let size = field.count == 1 ? bytes.count : field.size
    for index in 0..<field.count {
      let (first, overflow) = size.multipliedReportingOverflow(by: index)
      guard !overflow, first + size <= bytes.count else { break }
      members.add(field.name, try leaf(field.type, bytes[first..<first + size]))
    }
  }

  /// A field's bytes as they stand in the stream, markers included.
  private static func wireBytes(
    _ field: DescribedField, _ content: DescribedState.Value
  ) throws(VMStateError) -> [UInt8] {
    if case .bytes(let bytes) = content { return bytes }
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    let table = DescribedTable(name: "", version: 0, fields: [field])
    try table.save(DescribedState(fields: [content]), to: &writer)
    try writer.flush()
    return channel.bytes
  }

  private static func leaf(
    _ type: String, _ bytes: ArraySlice<UInt8>
  ) throws(VMStateError) -> JSONValue {
    if unsigned.contains(type) { return .string(number(bytes)) }
    if signed.contains(type) { return .string(number(bytes) + negative(bytes)) }
    switch type {
    case "bool" where !bytes.isEmpty: return .bool(bytes.first != 0)
    case "nullptr":
      guard bytes.elementsEqual([WireFormat.nullMarker]) else {
        throw VMStateError(
          .badMarker, "a null pointer with another marker", expected: "0x30",
          found: HexText.text(bytes))
      }
      return .string("nullptr")
    default: return .string(spaced(bytes))
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.isEmpty ? "0x0" : "0x" + HexText.text(bytes)
  }

  /// A space and the number in parentheses, if the sign is set.
  private static func negative(_ bytes: ArraySlice<UInt8>) -> String {
    guard let first = bytes.first, first >= 0x80, bytes.count <= 8 else { return "" }
    let number = bytes.reduce(Int64(-1)) { $0 << 8 | Int64($1) }
    return " (\(number))"
  }

  private static func spaced(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(3 * bytes.count)
    for byte in bytes {
      if !text.isEmpty { text.append(UInt8(ascii: " ")) }
      [byte].withUnsafeBytes { HexText.append($0, to: &text) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
