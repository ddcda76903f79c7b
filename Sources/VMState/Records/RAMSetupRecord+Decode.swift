extension RAMSetupRecord {
  /// Which optional members an entry has; the stream does not say it, the capabilities do.
  public struct OptionalMembers: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: Int
    /// From bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `pageSize` follows the length.
    public static let pageSize = Self(rawValue: 1)
    /// `regionOffset` follows.
    public static let regionOffset = Self(rawValue: 2)
    /// `mapped` follows, and then the block's pages in the file.
    public static let mapped = Self(rawValue: 4)
  }

  /// Reads the list that follows a `MEM_SIZE` word. The pages of a block with places in the
  /// file are passed over, by a seek where the channel has positions: the reader's position
  /// must then be the file's.
  ///
  /// - Parameters:
  ///   - word: The word; its offset part is the total.
  ///   - maximumEntries: Most blocks accepted.
  ///   - members: Called with each entry's name and length; answers what else it has, or
  ///     refuses the entry.
  ///   - accept: Called with each complete entry.
  /// - Throws: `badRAMRecord` when the lengths do not add up to the total or a header of
  ///   places is wrong, `limitExceeded`,
  ///   `endOfStream`, what the closures throw.
  public init(
    after word: RAMRecordWord, from reader: inout StreamReader, maximumEntries: Int,
    members: (Entry) throws(VMStateError) -> OptionalMembers = { _ throws(VMStateError) in [] },
    accept: (Entry) throws(VMStateError) -> Void = { _ throws(VMStateError) in }
  ) throws(VMStateError) {
    entries = []
    var remaining = word.offset
    while remaining > 0 {
      guard entries.count < maximumEntries else {
        throw VMStateError(
          .limitExceeded, "the list of RAM blocks is longer than the limit",
          offset: reader.position, expected: "at most \(maximumEntries) blocks")
      }
      let entry = try Entry(
        from: &reader, remaining: remaining, targetPageSize: word.pageSize, members: members)
      remaining -= entry.length
      try accept(entry)
      entries.append(entry)
    }
  }
}

extension RAMSetupRecord.Entry {
  init(
    from reader: inout StreamReader, remaining: UInt64, targetPageSize: TargetPageSize,
    members: (Self) throws(VMStateError) -> RAMSetupRecord.OptionalMembers
  ) throws(VMStateError) {
    let position = reader.position
    self.init(name: try reader.getCountedBytes(), length: 0)
    self.position = position
    length = try reader.get(UInt64.self)
    let optional = try members(self)
    guard length > 0, length <= remaining else {
      throw VMStateError(
        .badRAMRecord, "the lengths of the RAM blocks do not add up to the total",
        offset: position, expected: "1 to \(remaining) bytes", found: "\(length)"
      ).within(idstr)
    }
    if optional.contains(.pageSize) { pageSize = try reader.get(UInt64.self) }
    if optional.contains(.regionOffset) { regionOffset = try reader.get(UInt64.self) }
    if optional.contains(.mapped) { try readMapped(&reader, targetPageSize) }
  }

  private mutating func readMapped(
    _ reader: inout StreamReader, _ targetPageSize: TargetPageSize
  ) throws(VMStateError) {
    do throws(VMStateError) {
      let header = try MappedRAMHeader(from: &reader, targetPageSize: targetPageSize)
      mapped = header
      let block = try MappedRAMBlock(
        name: name, length: length, header: header, headerEnd: reader.position)
      try reader.pass(to: block.pagesRange.upperBound)
    } catch {
      throw error.path.isEmpty ? error.within(idstr) : error
    }
  }

  /// The block's places in the file, if the entry was read with them.
  ///
  /// - Throws: `badRAMRecord` for places that do not fit.
  var mappedBlock: MappedRAMBlock? {
    get throws(VMStateError) {
      guard let mapped else { return nil }
      let headerEnd =
        position + 9 + UInt64(name.count) + UInt64(MappedRAMHeader.length)
        + (pageSize == nil ? 0 : 8) + (regionOffset == nil ? 0 : 8)
      return try MappedRAMBlock(
        name: name, length: length, header: mapped, headerEnd: headerEnd)
    }
  }
}
