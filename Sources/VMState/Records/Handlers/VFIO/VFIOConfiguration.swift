/// What stands between `configurationState` and `endOfState` in a `vfio` section: fields of
/// the device's kind, without a length. Nothing stands there for devices other than PCI.
public struct VFIOConfiguration: Sendable, Hashable {
  /// The bytes.
  public var bytes: [UInt8]

  /// A configuration.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads up to the record that ends it, which the section's footer must follow; the reader
  /// then stands at that record. Without footers the end cannot be told from content.
  ///
  /// - Parameters:
  ///   - sectionID: The section's id, repeated in its footer.
  ///   - limit: The longest configuration to accept, in bytes. PCI devices have up to 37 KiB.
  /// - Throws: `badRecord` if no end comes within the limit, `endOfStream`, or the channel's
  ///   error.
  public init(
    from reader: inout StreamReader, sectionID: UInt32, limit: Int = 1 << 20
  ) throws(VMStateError) {
    let start = reader.position
    bytes = []
    while true {
      let piece = try reader.peek(StreamReader.bufferSize)
      guard piece.count >= Self.endLength else {
        throw reader.endOfStream(expected: "the end of a vfio configuration")
      }
      let found = Self.findEnd(sectionID, in: piece)
      let count = found ?? piece.count - Self.endLength + 1
      guard bytes.count + count <= limit else { break }
      bytes.append(contentsOf: piece.prefix(count))
      reader.advance(count)
      if found != nil { return }
    }
    throw VMStateError(
      .badRecord, "a vfio configuration without an end", offset: start,
      expected: "an end within \(limit) bytes")
  }

  /// Writes the bytes; `endOfState` is put after them.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(bytes: bytes)
  }

  /// The end tag, the footer's type byte and its section id.
  private static let endLength = VFIORecord.tagLength + 5

  private static func findEnd(_ sectionID: UInt32, in piece: UnsafeRawBufferPointer) -> Int? {
    let tag = VFIORecord.endOfState.tag.bigEndian
    var start = 0
    while start + endLength <= piece.count {
      if piece.loadUnaligned(fromByteOffset: start, as: UInt64.self) == tag,
        piece[start + 8] == SectionKind.footer.rawValue,
        piece.loadUnaligned(fromByteOffset: start + 9, as: UInt32.self) == sectionID.bigEndian
      {
        return start
      }
      start += 1
    }
    return nil
  }
}
