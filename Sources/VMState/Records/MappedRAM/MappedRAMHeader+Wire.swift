extension MappedRAMHeader {
  /// Reads the header; the reader then stands at the bitmap (in a file that QEMU wrote).
  ///
  /// - Parameter targetPageSize: The guest's page size, of which the position of the pages
  ///   is a multiple.
  /// - Throws: `badRAMRecord` for a newer version, a page size that is none, or pages at an
  ///   unaligned position; `endOfStream`, or the channel's error.
  public init(
    from reader: inout StreamReader, targetPageSize: TargetPageSize = .standard
  ) throws(VMStateError) {
    let start = reader.position
    version = try reader.get()
    guard version <= Self.newestVersion else {
      throw Self.bad(
        "a mapped-ram header of a newer version", start, "at most \(Self.newestVersion)",
        UInt64(version))
    }
    let bytes = try reader.get(UInt64.self)
    guard let size = Int(exactly: bytes).flatMap(TargetPageSize.init) else {
      throw Self.bad(
        "a mapped-ram header without a page size", start + 4, "a power of two", bytes)
    }
    pageSize = size
    bitmapOffset = try reader.get()
    pagesOffset = try reader.get()
    guard pagesOffset & targetPageSize.mask == 0 else {
      throw Self.bad(
        "the pages of a block at an unaligned position", start + 20,
        "a multiple of \(targetPageSize.bytes)", pagesOffset)
    }
  }

  /// Writes the header. What follows in the file is the caller's: see `RAMSetupRecord.write`.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(version)
    writer.put(UInt64(pageSize.bytes))
    writer.put(bitmapOffset)
    writer.put(pagesOffset)
  }

  static func bad(
    _ message: String, _ offset: UInt64, _ expected: String, _ found: UInt64
  ) -> VMStateError {
    VMStateError(.badRAMRecord, message, offset: offset, expected: expected, found: "\(found)")
  }
}
