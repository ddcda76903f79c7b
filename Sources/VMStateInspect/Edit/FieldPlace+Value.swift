import VMState

extension FieldPlace {
  /// The bytes of a value that is written in a field's place.
  ///
  /// - Throws: `valueOutOfRange` for one that does not fit; `badDescription` for a structure.
  func bytes(of text: String) throws(VMStateError) -> [UInt8] {
    guard let leaf else {
      throw VMStateError(
        .badDescription, "only a field with a value can be set", expected: "a field",
        found: "a structure")
    }
    guard leaf.kind != .bytes else { return try LeafCodec.buffer(text, length) }
    guard leaf.count != 1 else { return try LeafCodec.bytes(of: text, leaf.kind, leaf.size) }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == leaf.count else {
      throw LeafCodec.refused("\(leaf.count) values with commas", "\(parts.count)")
    }
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      do throws(VMStateError) {
        let value = part.drop { $0 == " " }
        bytes += try LeafCodec.bytes(of: String(value), leaf.kind, leaf.size)
      } catch {
        throw error.within("[\(index)]")
      }
    }
    return bytes
  }
}
