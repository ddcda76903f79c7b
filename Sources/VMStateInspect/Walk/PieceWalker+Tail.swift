import VMState

extension PieceWalker {
  /// What follows the end of the sections: the description, and bytes behind it.
  mutating func walkTail(_ reader: inout StreamReader) throws(VMStateError) {
    ram.good = reader.position
    if try reader.peekByte() == SectionKind.description.rawValue {
      try walkDescription(&reader)
    }
    try emitRest(.trailing, &reader)
  }

  private mutating func walkDescription(_ reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let head = try reader.peek(5)
    guard head.count == 5 else { return }
    let length = UInt32(bigEndian: head.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    let left = channel.size.map { $0 - min($0, offset) } ?? .max
    guard UInt64(length) + 5 <= left, length <= options.limits.descriptionBytes else {
      // QEMU does not look behind the end: damage here stops nobody.
      let error = VMStateError(
        .badDescription, "a JSON description that does not fit", offset: offset + 1,
        expected: "at most \(min(left, UInt64(options.limits.descriptionBytes))) bytes",
        found: "\(length)")
      try emit(StreamProblem(error: error, resumes: offset), at: offset)
      return
    }
    reader.advance(5)
    let text = try reader.getBytes(Int(length), limit: Int(length))
    try emit(.description(text), offset, reader.position)
    ram.good = reader.position
  }
}
