/// A `mapped-ram` file, of which any page of any block can be read by itself.
///
/// Only the list of blocks is read when it is opened; each page then takes two reads at
/// positions, one of eight bytes of the bitmap and one of the page. Threads may read at the same
/// time. Nothing is kept: a file of any size takes the same memory.
public final class MappedRAMFile: Sendable {
  /// The blocks in the order of the file, with their places.
  public let blocks: [MappedRAMBlock]
  /// The configuration section; nil where the stream has none.
  public let configuration: ReceivedConfiguration?
  private let channel: any ByteChannel

  /// Opens a file.
  ///
  /// - Throws: As `init(_:start:limits:)`.
  public convenience init(reading path: String) throws(VMStateError) {
    try self.init(FileChannel(reading: path))
  }

  /// Reads the list of blocks.
  ///
  /// - Parameters:
  ///   - channel: A file, whose position in order is moved.
  ///   - start: Where the stream begins (QEMU: `file:NAME,offset=X`).
  /// - Throws: `badMagic`, `unsupported` if the channel has no positions, `sectionSequence` if
  ///   the stream has no list of RAM blocks with places before the first page; `badRAMRecord`,
  ///   `limitExceeded`, `endOfStream`, the channel's error.
  public init(
    _ channel: any ByteChannel, start: UInt64 = 0, limits: Limits = Limits()
  ) throws(VMStateError) {
    guard channel.capabilities.contains(.positioned) else {
      throw VMStateError(.unsupported, "pages are read at positions, which the channel has not")
    }
    self.channel = channel
    try channel.seek(to: start)
    var reader = StreamReader(channel, offset: start)
    configuration = try reader.openStream(limits)
    try reader.findMappedRAM(configuration, limits)
    let size = configuration?.pageBits.flatMap { TargetPageSize(1 << Int(min($0, 62))) }
    blocks = try reader.mappedBlocks(size ?? .standard, configuration, limits)
    for block in blocks { try block.check(end: channel.size) }
  }

  /// The index of a block by its name.
  public func index(of idstr: String) -> Int? {
    blocks.firstIndex { $0.name.elementsEqual(idstr.utf8) }
  }

  /// True if the file holds a page; others are zero.
  ///
  /// - Throws: `ramOffset` for a page that the block does not have, `endOfStream`, the channel's
  ///   error.
  public func holds(_ page: Int, of block: Int) throws(VMStateError) -> Bool {
    try check(page, block)
    var word: UInt64 = 0
    var failure: VMStateError?
    let position = blocks[block].header.bitmapOffset + UInt64(page >> 6) * 8
    withUnsafeMutableBytes(of: &word) { bytes in
      do throws(VMStateError) {
        try blocks[block].read(into: bytes, at: position, from: channel)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return UInt64(littleEndian: word) >> UInt64(page & 63) & 1 != 0
  }

  /// Reads a page.
  ///
  /// - Parameter target: As many bytes as the block's pages have.
  /// - Throws: `ramOffset` for a page that the block does not have or another size,
  ///   `endOfStream`, the channel's error.
  public func read(
    _ page: Int, of block: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    if try holds(page, of: block) {
      return try blocks[block].readPages(page..<page + 1, from: channel, into: target)
    }
    target.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// Reads a page into an array.
  ///
  /// - Throws: As `read(_:of:into:)`; `unknownRAMBlock`.
  public func page(_ page: Int, of idstr: String) throws(VMStateError) -> [UInt8] {
    guard let block = index(of: idstr) else {
      throw VMStateError(.unknownRAMBlock, "the file has no RAM block of this name", path: [idstr])
    }
    var bytes = [UInt8](repeating: 0, count: blocks[block].header.pageSize.bytes)
    var failure: VMStateError?
    bytes.withUnsafeMutableBytes { raw in
      do throws(VMStateError) {
        try read(page, of: block, into: raw)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func check(_ page: Int, _ block: Int) throws(VMStateError) {
    guard blocks.indices.contains(block), page >= 0, page < blocks[block].pages else {
      throw VMStateError(
        .ramOffset, "a page that the file does not have", found: "page \(page) of block \(block)")
    }
  }
}

extension StreamReader {
  /// Bytes before the list of blocks that are searched: other sections' setup is short.
  private static var searchedBytes: UInt64 { 1 << 20 }

  /// Reads magic, version and configuration.
  fileprivate mutating func openStream(
    _ limits: Limits
  ) throws(VMStateError) -> ReceivedConfiguration? {
    let first = position
    let magic = try get(UInt32.self)
    guard magic == WireFormat.magic, try get(UInt32.self) == WireFormat.version else {
      throw VMStateError(
        .badMagic, "Not a migration stream", offset: first, expected: "QEVM version 3")
    }
    guard try peekByte() == SectionKind.configuration.rawValue else { return nil }
    advance(1)
    return try ReceivedConfiguration(from: &self, limits)
  }

  /// Goes behind the header of RAM's START section; a section before it is passed over, whose
  /// length nobody knows.
  fileprivate mutating func findMappedRAM(
    _ configuration: ReceivedConfiguration?, _ limits: Limits
  ) throws(VMStateError) {
    let first = position
    guard configuration?.capabilities.contains("mapped-ram") ?? true else {
      throw VMStateError(
        .sectionSequence, "the pages of this stream have no fixed places", offset: first,
        expected: "the capability mapped-ram")
    }
    // START, any id, "ram", instance 0, version 4.
    let name: [UInt8] = [3, 0x72, 0x61, 0x6D, 0, 0, 0, 0, 0, 0, 0, 4]
    while position - first < Self.searchedBytes {
      let head = try peek(5 + name.count)
      guard head.count == 5 + name.count else { break }
      if head[0] == SectionKind.start.rawValue, head[5...].elementsEqual(name) {
        return advance(head.count)
      }
      advance(1)
    }
    throw VMStateError(
      .sectionSequence, "the stream has no section with RAM blocks at its beginning",
      offset: first)
  }

  fileprivate mutating func mappedBlocks(
    _ pageSize: TargetPageSize, _ configuration: ReceivedConfiguration?, _ limits: Limits
  ) throws(VMStateError) -> [MappedRAMBlock] {
    let offset = position
    let word = RAMRecordWord(rawValue: try get(), pageSize: pageSize)
    guard word.kind == .memSize else {
      throw VMStateError(
        .badRAMRecord, "RAM does not begin with its blocks", offset: offset, expected: "MEM_SIZE")
    }
    var members: RAMSetupRecord.OptionalMembers = .mapped
    if configuration?.capabilities.contains("x-ignore-shared") ?? false {
      members.insert(.regionOffset)
    }
    let record = try RAMSetupRecord(
      after: word, from: &self, maximumEntries: limits.elements,
      members: { _ throws(VMStateError) in members })
    var blocks: [MappedRAMBlock] = []
    for entry in record.entries {
      if let block = try entry.mappedBlock { blocks.append(block) }
    }
    return blocks
  }
}
