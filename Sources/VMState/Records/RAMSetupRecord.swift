/// The block list that opens a `ram` stream.
///
/// Wire: be64 total | `MEM_SIZE`; then for each block a counted name and be64 length, with
/// be64 page size and be64 region offset where capabilities ask for them.
/// QEMU: `ram_save_setup` and `parse_ramblocks`, migration/ram.c.
public struct RAMSetupRecord: Sendable, Hashable {
  /// One block of the list.
  public struct Entry: Sendable, Hashable {
    /// The block's idstr as bytes (UTF-8 in good streams).
    public var name: [UInt8]
    /// `used_length` in bytes.
    public var length: UInt64
    /// Page size of the backing memory: sent with the capability `postcopy-ram` when it is
    /// not the normal one.
    public var pageSize: UInt64?
    /// Offset of the block's region in its container: sent with `x-ignore-shared`.
    public var regionOffset: UInt64?
    /// Where the pages stand in the file: sent with the capability `mapped-ram`.
    public var mapped: MappedRAMHeader?
    /// Where the entry began in the stream; 0 for one that was not read.
    public var position: UInt64 = 0

    /// Makes an entry.
    public init(
      name: [UInt8], length: UInt64, pageSize: UInt64? = nil, regionOffset: UInt64? = nil
    ) {
      self.name = name
      self.length = length
      self.pageSize = pageSize
      self.regionOffset = regionOffset
    }

    /// The name as text.
    public var idstr: String { String(decoding: name, as: UTF8.self) }
  }

  /// The blocks in stream order.
  public var entries: [Entry]

  /// A list of blocks.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// The sum of all lengths, saturating.
  public var total: UInt64 {
    entries.reduce(0) { sum, entry in
      let (next, overflow) = sum.addingReportingOverflow(entry.length)
      return overflow ? .max : next
    }
  }

  /// Writes the record, of blocks without places in a file.
  ///
  /// - Parameter pageSize: Every length must be a multiple of it.
  public func encode(to writer: inout StreamWriter, pageSize: TargetPageSize = .standard) {
    writer.put(RAMRecordWord(offset: total, flags: .memSize, pageSize: pageSize).rawValue)
    for entry in entries {
      writer.put(UInt8(entry.name.count))
      writer.put(bytes: entry.name)
      writer.put(entry.length)
      if let pageSize = entry.pageSize { writer.put(pageSize) }
      if let regionOffset = entry.regionOffset { writer.put(regionOffset) }
    }
  }

  /// Writes the record. After a block with a place in the file the writer goes on behind its
  /// pages: it must seek. The bitmaps and the pages are the caller's to write.
  ///
  /// - Parameter pageSize: Every length must be a multiple of it.
  /// - Throws: `valueOutOfRange` for a name of more than 255 bytes or lengths that are no
  ///   multiples; `unsupported` if the channel has no positions; the latched error.
  public func write(
    to writer: inout StreamWriter, pageSize: TargetPageSize = .standard
  ) throws(VMStateError) {
    guard entries.allSatisfy({ $0.length & pageSize.mask == 0 }), total < .max else {
      throw VMStateError(
        .valueOutOfRange, "a RAM block is no whole number of pages", offset: writer.position,
        expected: "multiples of \(pageSize.bytes)")
    }
    writer.put(RAMRecordWord(offset: total, flags: .memSize, pageSize: pageSize).rawValue)
    for entry in entries { try entry.write(to: &writer) }
  }
}

extension RAMSetupRecord.Entry {
  fileprivate func write(to writer: inout StreamWriter) throws(VMStateError) {
    try writer.put(name: name)
    writer.put(length)
    if let pageSize { writer.put(pageSize) }
    if let regionOffset { writer.put(regionOffset) }
    guard let mapped else { return }
    try mapped.write(to: &writer)
    let block = try MappedRAMBlock(
      name: name, length: length, header: mapped, headerEnd: writer.position)
    try writer.seek(to: block.pagesRange.upperBound)
  }
}
