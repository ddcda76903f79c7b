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
    JSONText.append(quoted: key, to: &bytes)
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
    JSONText.append(quoted: value, to: &bytes)
  }

  /// An integer member or element.
  public mutating func put(_ key: String?, _ value: Int64) {
    putKey(key)
    JSONText.append(value, to: &bytes)
  }

  /// An integer member or element.
  public mutating func put(_ key: String?, _ value: Int) { put(key, Int64(value)) }

  /// Members rendered before, the last of which opens an object or array.
  mutating func put(opening members: [UInt8]) {
    put(rendered: members)
    isFirst = true
  }

  /// Forgets the text and keeps its memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    isFirst = true
  }

  /// Members or elements rendered before, with `, ` between them but none around.
  public mutating func put(rendered members: some Collection<UInt8>) {
    guard !members.isEmpty else { return }
    separate()
    bytes.append(contentsOf: members)
  }
}
