/// The head of a field's JSON object: name, `array_len` or `index`, type.
enum ElementJSON {
  /// Opens the object of one element.
  ///
  /// - Parameters:
  ///   - index: The element's place in the array.
  ///   - rest: Elements from this one to the end, or to the end of the run of null or
  ///     non-null pointers: QEMU's idea of the array's length at this element.
  ///   - count: Elements of the whole array.
  ///   - compressed: One object stands for all `rest` elements.
  static func begin(
    _ json: inout DescriptionText, name: String, type: String, index: Int, rest: Int, count: Int,
    compressed: Bool, _ profile: StreamProfile
  ) {
    json.beginObject()
    json.put("name", name)
    if compressed {
      if rest > 1 { json.put("array_len", rest) }
    } else {
      switch profile.elementIndex {
      case .every: if count > 1 { json.put("index", index) }
      case .allButLast: if rest > 1 { json.put("index", index) }
      case .never: break
      }
    }
    json.put("type", type)
  }

  /// Closes the object of one element.
  static func end(_ json: inout DescriptionText, size: UInt64) {
    json.put("size", Int64(clamping: size))
    json.endObject()
  }
}
