import VMState

/// Where a path leads in a described body.
struct FieldPlace {
  /// Offset of the first byte in the body.
  var offset: Int
  /// Bytes.
  var length: Int
  /// The values, if the path leads to a leaf or an element of one.
  var leaf: Leaf?
  /// The path names one element of an array.
  var isElement = false

  /// The places that a path names: one, unless the section has several fields of one path.
  ///
  /// - Parameters:
  ///   - path: The section, `/`, and the field, with `[k]` for an element of an array.
  ///   - section: What paths of this body begin with.
  static func find(
    _ path: String, in body: DescribedBodyPiece, section: String
  ) throws(VMStateError) -> [FieldPlace] {
    guard path.hasPrefix(section + "/") else { return [] }
    var places: [FieldPlace] = []
    try FieldTree.visit(body, section: section, at: 0) { entry throws(VMStateError) in
      if let place = FieldPlace(entry, path) { places.append(place) }
      return path.hasPrefix(entry.path)
    }
    return places
  }

  private init?(_ entry: FieldEntry, _ path: String) {
    guard path.hasPrefix(entry.path) else { return nil }
    offset = Int(entry.offset)
    length = entry.length
    leaf = entry.leaf
    let rest = path.dropFirst(entry.path.count)
    if rest.isEmpty { return }
    guard var element = leaf, rest.hasPrefix("["), rest.hasSuffix("]"),
      let index = Int(rest.dropFirst().dropLast()), index >= 0, index < element.count
    else { return nil }
    offset += index * element.size
    length = element.size
    element.bytes = Array(element.bytes[index * element.size..<(index + 1) * element.size])
    element.count = 1
    leaf = element
    isElement = true
  }
}

extension DescribedBodyPiece {
  /// The body as it stands in the stream.
  ///
  /// - Throws: `badDescription` for a state that does not fit its table.
  func wireBytes() throws(VMStateError) -> [UInt8] {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try table.save(state, to: &writer)
    try writer.flush()
    return channel.bytes
  }
}
