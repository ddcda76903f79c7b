extension RAMBlock {
  /// What lengths are multiples of: the larger of the host's and the target's page.
  static func alignment(_ target: TargetPageSize) -> UInt64 {
    UInt64(max(AnonymousMapping.hostPageSize, target.bytes))
  }

  var alignment: UInt64 { Self.alignment(targetPageSize) }

  /// True if the backing memory has other pages than normal memory.
  var hasUnusualPages: Bool { pageSize != alignment }

  static func check(
    _ name: [UInt8], _ memory: GuestMemory, _ used: UInt64, _ maximum: UInt64,
    _ attributes: Attributes, _ pageSize: UInt64, _ target: TargetPageSize
  ) throws(VMStateError) {
    let alignment = alignment(target)
    if let problem = nameProblem(name)
      ?? lengthProblem(used, maximum, alignment, memory.length)
      ?? attributeProblem(used, maximum, attributes, pageSize)
    {
      throw VMStateError(
        .invalidRegistration, problem, path: [String(decoding: name, as: UTF8.self)])
    }
  }

  private static func nameProblem(_ name: [UInt8]) -> String? {
    name.isEmpty || name.count > WireFormat.maximumNameLength
      ? "the name of a RAM block has 1 to \(WireFormat.maximumNameLength) bytes" : nil
  }

  private static func lengthProblem(
    _ used: UInt64, _ maximum: UInt64, _ alignment: UInt64, _ memory: UInt64
  ) -> String? {
    if used == 0 || used % alignment != 0 || maximum % alignment != 0 {
      return "the lengths of a RAM block are multiples of \(alignment) bytes, and not 0"
    }
    if used > maximum { return "the used length is larger than the maximum" }
    if maximum > memory || maximum > UInt64(Int.max) {
      return "the memory is smaller than the block"
    }
    return nil
  }

  private static func attributeProblem(
    _ used: UInt64, _ maximum: UInt64, _ attributes: Attributes, _ pageSize: UInt64
  ) -> String? {
    if used != maximum, !attributes.contains(.resizeable) {
      return "only a resizeable RAM block has a larger maximum"
    }
    if pageSize < 1024 || pageSize & (pageSize - 1) != 0 || pageSize > 1 << 40 {
      return "the page size of the memory is a power of two from 1 KiB to 1 TiB"
    }
    return nil
  }

  /// The length that a resize to `length` would give.
  ///
  /// - Throws: `ramBlockSize` when the block cannot take it.
  func resizedLength(_ length: UInt64, from used: UInt64) throws(VMStateError) -> UInt64 {
    // At most `maxLength`, a multiple, so rounding up cannot overflow.
    let rounded = length > maxLength ? length : (length + alignment - 1) / alignment * alignment
    guard rounded != used else { return used }
    guard attributes.contains(.resizeable) else {
      throw sizeError("the RAM block has another size and cannot be resized", "\(used)", length)
    }
    guard length > 0, length <= maxLength else {
      throw sizeError("the size is too large for the RAM block", "1 to \(maxLength)", length)
    }
    return rounded
  }

  private func sizeError(
    _ message: String, _ expected: String, _ found: UInt64
  ) -> VMStateError {
    VMStateError(
      .ramBlockSize, message, path: [idstr], expected: expected + " bytes",
      found: "\(found) bytes")
  }
}
