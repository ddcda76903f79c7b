/// Writes the JSON description's text, byte for byte as QEMU's compact writer does.
///
/// Members are separated by `, `, key and value by `: `; there is no other white space.
/// Numbers are decimal. QEMU: qobject/json-writer.c.
public struct DescriptionText: Sendable {
  /// The text so far, in UTF-8 (all of it ASCII).
  public private(set) var bytes: [UInt8] = []
  // True right after an opening bracket, when no separator is due.
  private var isFirst = true

  /// An empty text.
  public init() { bytes.reserveCapacity(16384) }

  @inline(__always)
  private mutating func separate() {
    if isFirst {
      isFirst = false
    } else {
      bytes.append(UInt8(ascii: ","))
      bytes.append(UInt8(ascii: " "))
    }
  }

  private mutating func putKey(_ key: String?) {
    separate()
    guard let key else { return }
    putQuoted(key)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(UInt8(ascii: " "))
  }

  /// Opens an object, as a member named `key` or as an element.
  public mutating func beginObject(_ key: String? = nil) {
    putKey(key)
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
  }

  /// Closes the innermost object.
  public mutating func endObject() {
    bytes.append(UInt8(ascii: "}"))
    isFirst = false
  }

  /// Opens an array, as a member named `key` or as an element.
  public mutating func beginArray(_ key: String? = nil) {
    putKey(key)
    bytes.append(UInt8(ascii: "["))
    isFirst = true
  }

  /// Closes the innermost array.
  public mutating func endArray() {
    bytes.append(UInt8(ascii: "]"))
    isFirst = false
  }

  /// A string member or element.
  public mutating func put(_ key: String?, _ value: String) {
    putKey(key)
    putQuoted(value)
  }

  /// An integer member or element.
  public mutating func put(_ key: String?, _ value: Int64) {
    putKey(key)
    bytes.append(contentsOf: String(value).utf8)
  }

  /// An integer member or element.
  public mutating func put(_ key: String?, _ value: Int) { put(key, Int64(value)) }

  /// Members or elements rendered before, with `, ` between them but none around.
  public mutating func put(rendered members: some Collection<UInt8>) {
    guard !members.isEmpty else { return }
    separate()
    bytes.append(contentsOf: members)
  }

  private mutating func putQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars { putEscaped(scalar) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func putEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": bytes.append(contentsOf: #"\""#.utf8)
    case "\\": bytes.append(contentsOf: #"\\"#.utf8)
    case "\u{8}": bytes.append(contentsOf: #"\b"#.utf8)
    case "\u{c}": bytes.append(contentsOf: #"\f"#.utf8)
    case "\n": bytes.append(contentsOf: #"\n"#.utf8)
    case "\r": bytes.append(contentsOf: #"\r"#.utf8)
    case "\t": bytes.append(contentsOf: #"\t"#.utf8)
    case " "..."~": bytes.append(UInt8(scalar.value))
    default: for unit in scalar.utf16 { putHex(unit) }
    }
  }

  private mutating func putHex(_ unit: UInt16) {
    bytes.append(contentsOf: #"\u"#.utf8)
    let digits = String(unit, radix: 16, uppercase: true)
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
    bytes.append(contentsOf: digits.utf8)
  }
}
