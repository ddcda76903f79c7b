extension JSONValue {
  /// Reads a JSON text strictly: nothing but one value and white space, valid UTF-8, no lone
  /// surrogates, no control characters in strings, no leading zeros in numbers.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - limits: Bounds on its length (`descriptionBytes`), on the elements of one array or
  ///     object (`elements`), and on its nesting (four times `depth`, because a nested
  ///     structure of a description takes up to four levels; at most 512).
  ///   - offset: Offset of the first byte in the stream, for messages.
  /// - Throws: `malformedJSON` with the offset of the byte that is wrong, `limitExceeded`.
  /// - Complexity: O(n) for n bytes.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, limits: Limits = Limits(), offset: UInt64 = 0
  ) throws(VMStateError) -> JSONValue {
    guard bytes.count <= limits.descriptionBytes else {
      throw VMStateError(
        .limitExceeded, "a JSON text is above the limit", offset: offset,
        expected: "at most \(limits.descriptionBytes) bytes", found: "\(bytes.count)")
    }
    var parser = JSONParser(bytes, limits: limits, offset: offset)
    return try parser.document()
  }

  /// Reads a JSON text; see the other form.
  ///
  /// - Throws: `malformedJSON` with the offset of the byte that is wrong, `limitExceeded`.
  public static func parse(
    _ bytes: [UInt8], limits: Limits = Limits(), offset: UInt64 = 0
  ) throws(VMStateError) -> JSONValue {
    // A closure's typed error is not inferred through `withUnsafeBytes` everywhere.
    let result: Result<JSONValue, VMStateError> = bytes.withUnsafeBytes { bytes in
      do throws(VMStateError) {
        return .success(try parse(bytes, limits: limits, offset: offset))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
