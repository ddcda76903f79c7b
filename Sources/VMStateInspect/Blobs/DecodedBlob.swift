import VMState

/// What the bytes of one field mean, for people and for programs.
public struct DecodedBlob: Sendable {
  /// One thing that the bytes say.
  public struct Entry: Sendable {
    /// Its name.
    public var name: String
    /// Its value in words; empty where only the parts say something.
    public var text: String
    /// Its value for programs; an object of the parts where there is none.
    public var value: JSONValue?
    /// Its parts.
    public var parts: [Entry]

    /// A thing with a value.
    init(_ name: String, _ text: String, _ value: JSONValue) {
      self.name = name
      self.text = text
      self.value = value
      parts = []
    }

    /// A thing of parts.
    init(_ name: String, _ text: String = "", parts: [Entry]) {
      self.name = name
      self.text = text
      self.parts = parts
    }
  }

  /// What the bytes are.
  public var title: String
  /// What they say.
  public var entries: [Entry]

  /// A line for each entry, parts indented by two spaces.
  public var lines: [String] { [title] + Self.lines(entries, 1) }

  /// An object with a member for each entry.
  public var json: JSONValue { Self.object(entries) }

  private static func lines(_ entries: [Entry], _ level: Int) -> [String] {
    entries.flatMap { entry -> [String] in
      let text = entry.text.isEmpty ? entry.name : "\(entry.name): \(entry.text)"
      return [String(repeating: "  ", count: level) + text] + lines(entry.parts, level + 1)
    }
  }

  private static func object(_ entries: [Entry]) -> JSONValue {
    .object(
      entries.map { entry in
        JSONValue.Member(key: entry.name, value: entry.value ?? object(entry.parts))
      })
  }
}

extension DecodedBlob.Entry {
  /// A number, in hexadecimal digits for people.
  static func hex(_ name: String, _ value: UInt64, digits: Int) -> Self {
    let text = String(value, radix: 16)
    let zeros = String(repeating: "0", count: max(0, digits - text.count))
    return Self(name, "0x" + zeros + text, .integer(value))
  }

  /// A number, in decimal digits.
  static func number(_ name: String, _ value: UInt64) -> Self {
    Self(name, String(value), .integer(value))
  }

  /// Bits with names; those without one are numbered.
  static func bits(_ name: String, _ value: UInt64, _ names: (Int) -> String?) -> Self {
    let set = (0..<64).filter { value >> UInt64($0) & 1 == 1 }
    let words = set.map { names($0) ?? "bit \($0)" }
    let text = "0x" + String(value, radix: 16)
    return Self(
      name, words.isEmpty ? text : "\(text) (\(words.joined(separator: ", ")))",
      .object([
        .init(key: "value", value: .integer(value)),
        .init(key: "bits", value: .array(words.map { .string($0) })),
      ]))
  }
}
