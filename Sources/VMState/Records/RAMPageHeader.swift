/// What stands before the payload of a page record: the word, and the block's name unless
/// the record continues the block of the one before.
///
/// Wire: be64 word, then a counted string if `CONTINUE` is clear.
/// QEMU: `save_page_header`, migration/ram.c.
public struct RAMPageHeader: Sendable, Hashable {
  /// Offset and flags.
  public var word: RAMRecordWord
  /// The name's bytes (UTF-8 in good streams), or nil for the same block as before.
  public var name: [UInt8]?

  /// A header that names its block, or continues with the last one.
  ///
  /// - Parameters:
  ///   - name: At most 255 bytes; nil sets `CONTINUE`.
  ///   - offset: The page's offset in its block.
  ///   - kind: One of `RAMRecordFlags.pageKinds`.
  public init(
    name: [UInt8]?, offset: UInt64, kind: RAMRecordFlags, pageSize: TargetPageSize = .standard
  ) {
    precondition(name.map { $0.count <= WireFormat.maximumNameLength } ?? true)
    let flags = name == nil ? kind.union(.continue) : kind
    word = RAMRecordWord(offset: offset, flags: flags, pageSize: pageSize)
    self.name = name
  }

  /// Reads what follows a word that has one of the page flags.
  ///
  /// - Throws: `endOfStream`, or the channel's error.
  public init(
    after word: RAMRecordWord, from reader: inout StreamReader
  ) throws(VMStateError) {
    self.word = word
    name = word.flags.contains(.continue) ? nil : try reader.getCountedBytes()
  }

  /// Bytes on the wire.
  public var length: Int { 8 + (name.map { $0.count + 1 } ?? 0) }

  /// Writes the header.
  public func encode(to writer: inout StreamWriter) {
    writer.put(word.rawValue)
    guard let name else { return }
    writer.put(UInt8(name.count))
    writer.put(bytes: name)
  }
}
