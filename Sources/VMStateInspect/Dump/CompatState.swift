import VMState

/// A body's values in the form of QEMU's analyzer.
///
/// Integers are strings of hexadecimal digits, negative ones with the number behind them;
/// everything that the analyzer has no reader for is a string of bytes. Fields that share a
/// name become a list; a subsection replaces what has its name.
enum CompatState {
  /// How the analyzer shows the bytes of a type.
  private enum Form {
    case signed, unsigned, bool, nullMarker, bytes

    init(_ type: String) {
      switch type {
      case "uint8", "uint16", "uint32", "uint32 equal", "uint64": self = .unsigned
      case "int8", "int16", "int32", "int32 equal", "int32 le", "int64", "int64 equal",
        "uint8 equal", "uint16 equal":
        self = .signed
      case "bool": self = .bool
      case "nullptr": self = .nullMarker
      default: self = .bytes
      }
    }
  }

  /// The members of an object in order, found by name.
  private struct Members {
    var list: [JSONValue.Member] = []
    // Whose value is a list because several fields share the name.
    private var isShared: [Bool] = []
    // Only for objects with many members.
    private var places: [String: Int] = [:]
    private static let fewMembers = 16

    private func place(of name: String) -> Int? {
      places.isEmpty ? list.firstIndex { $0.key == name } : places[name]
    }

    private mutating func append(_ name: String, _ value: JSONValue, isShared: Bool) {
      list.append(JSONValue.Member(key: name, value: value))
      self.isShared.append(isShared)
      if !places.isEmpty {
        places[name] = list.count - 1
      } else if list.count > Self.fewMembers {
        for (place, member) in list.enumerated() { places[member.key] = place }
      }
    }

    /// Takes the values of one field's elements.
    mutating func add(_ name: String, _ values: [JSONValue]) {
      guard let first = values.first else { return }
      guard let place = place(of: name) else {
        return append(
          name, values.count == 1 ? first : .array(values), isShared: values.count > 1)
      }
      if isShared[place], case .array(var elements) = list[place].value {
        list[place].value = .null
        elements += values
        list[place].value = .array(elements)
      } else {
        list[place].value = .array([list[place].value] + values)
        isShared[place] = true
      }
    }

    mutating func replace(_ name: String, _ value: JSONValue) {
      guard let place = place(of: name) else { return append(name, value, isShared: false) }
      list[place].value = value
      isShared[place] = false
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
      var values: [JSONValue] = []
      for state in states { values.append(try value(table, state)) }
      return members.add(field.name, values)
    }
    let bytes = try wireBytes(field, content)
    let size = field.count == 1 ? bytes.count : field.size
    let form = Form(field.type)
    var values: [JSONValue] = []
    for index in 0..<field.count {
      let (first, overflow) = size.multipliedReportingOverflow(by: index)
      guard !overflow, first + size <= bytes.count else { break }
      values.append(try leaf(form, bytes[first..<first + size]))
    }
    members.add(field.name, values)
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
    _ form: Form, _ bytes: ArraySlice<UInt8>
  ) throws(VMStateError) -> JSONValue {
    switch form {
    case .unsigned: return .string(number(bytes))
    case .signed: return .string(number(bytes) + negative(bytes))
    case .bool where !bytes.isEmpty: return .bool(bytes.first != 0)
    case .nullMarker:
      guard bytes.elementsEqual([WireFormat.nullMarker]) else {
        throw VMStateError(
          .badMarker, "a null pointer with another marker", expected: "0x30",
          found: HexText.text(bytes))
      }
      return .string("nullptr")
    case .bytes, .bool: return .string(HexText.text(bytes, separator: UInt8(ascii: " ")))
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.isEmpty ? "0x0" : HexText.text(bytes, prefix: "0x")
  }

  /// A space and the number in parentheses, if the sign is set.
  private static func negative(_ bytes: ArraySlice<UInt8>) -> String {
    guard let first = bytes.first, first >= 0x80, bytes.count <= 8 else { return "" }
    let number = bytes.reduce(Int64(-1)) { $0 << 8 | Int64($1) }
    return " (\(number))"
  }
}
