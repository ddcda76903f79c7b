import TestSupport
import Testing

@testable import VMState

/// Guest memory, its handlers, and sections as byte arrays.
final class RAMFixture {
  let list: RAMBlockList
  let handlers: RAMHandlers
  let context: SaveContext

  init(
    _ blocks: [RAMBlock], capabilities: Set<String> = [], ignoredNeedNamedFile: Bool? = nil,
    tracking: (any DirtyTracking)? = SoftwareDirtyTracking(),
    targetPageSize: TargetPageSize = .standard, profile: StreamProfile = .qemu10_0
  ) throws {
    list = RAMBlockList(targetPageSize: targetPageSize)
    for block in blocks { try list.add(block) }
    handlers = RAMHandlers(
      list, tracking: tracking, ignoredNeedNamedFile: ignoredNeedNamedFile)
    // However slow the machine that runs the tests.
    handlers.roundTime = .seconds(600)
    context = SaveContext(profile: profile, capabilities: capabilities)
  }

  /// One block "a" of some pages.
  convenience init(pages: Int, protection: RAMBlock.LoadProtection = .protected) throws {
    try self.init([.make("a", pages: pages, protection: protection)])
  }

  var first: RAMBlock { list.blocks[0] }

  func setup() throws -> [UInt8] {
    try section { try handlers.saveSetup(to: &$0, context) }
  }

  /// One PART section, and whether nothing was left.
  func iterate() throws -> (bytes: [UInt8], isDone: Bool) {
    var isDone = false
    let bytes = try section { writer in
      if case .done = try handlers.saveIterate(to: &writer, context) { isDone = true }
    }
    return (bytes, isDone)
  }

  /// A look at the dirty log, then one PART section.
  func iterateAfterSync() throws -> [UInt8] {
    _ = handlers.pendingExact(context)
    return try iterate().bytes
  }

  func complete() throws -> [UInt8] {
    try section { try handlers.saveComplete(to: &$0, context) }
  }

  /// Setup, rounds until nothing is left, complete.
  func saveAll() throws -> [[UInt8]] {
    defer { handlers.saveCleanup() }
    var sections = [try setup()]
    var isDone = false
    while !isDone {
      let part = try iterate()
      sections.append(part.bytes)
      isDone = part.isDone
    }
    return sections + [try complete()]
  }

  private func section(_ body: (inout StreamWriter) throws -> Void) throws -> [UInt8] {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel, counters: context.counters)
    try body(&writer)
    return channel.bytes
  }

  /// Loads sections one after the other without commit or abort.
  func stage(
    _ sections: [[UInt8]], version: Int = 4, context: LoadContext = LoadContext()
  ) throws(VMStateError) {
    try handlers.loadSetup(context)
    var offset: UInt64 = 0
    for section in sections {
      var reader = StreamReader(MemoryChannel(section), offset: offset)
      try load(&reader, version, context)
      #expect(reader.position == offset + UInt64(section.count), "bytes are left in a section")
      offset += UInt64(section.count)
    }
  }

  /// As the loader does: the section's name is put before the error's path.
  private func load(
    _ reader: inout StreamReader, _ version: Int, _ context: LoadContext
  ) throws(VMStateError) {
    do throws(VMStateError) {
      try handlers.loadState(from: &reader, version: version, kind: .part, context)
    } catch {
      throw error.within(RAMHandlers.idstr)
    }
  }

  /// For a load with the fixture's own capabilities.
  func loadContext() -> LoadContext {
    LoadContext(profile: context.profile, capabilities: context.capabilities)
  }

  /// Loads, then commits, or aborts and throws.
  func load(
    _ sections: [[UInt8]], version: Int = 4, context: LoadContext = LoadContext()
  ) throws(VMStateError) {
    defer { handlers.loadCleanup() }
    do throws(VMStateError) {
      try stage(sections, version: version, context: context)
    } catch {
      handlers.abortLoad()
      throw error
    }
    handlers.commitLoad()
  }

  /// The content of all blocks.
  var content: [[UInt8]] { list.blocks.map(\.content) }
}

extension RAMBlock {
  static func make(
    _ idstr: String, pages: Int, maximum: Int? = nil, attributes: Attributes = .migratable,
    protection: LoadProtection = .protected, pageSize: UInt64? = nil,
    regionOffset: UInt64 = 0, resized: (@Sendable (RAMBlock, UInt64) -> Void)? = nil
  ) throws -> RAMBlock {
    let length = UInt64(maximum ?? pages) * 4096
    return try RAMBlock(
      idstr, memory: GuestMemory(mapping: length, hugePages: false),
      usedLength: UInt64(pages) * 4096,
      maxLength: length, attributes: attributes, protection: protection, pageSize: pageSize,
      regionOffset: regionOffset, resized: resized)
  }

  /// All bytes of the used length.
  var content: [UInt8] {
    [UInt8](UnsafeRawBufferPointer(start: memory.base, count: Int(usedLength)))
  }

  /// Stores and marks one byte.
  func put(_ byte: UInt8, at offset: UInt64) {
    withUnsafeBytes(of: byte) { bytes in
      do { try write(bytes, at: offset) } catch { Issue.record(error) }
    }
  }

  /// Fills a page with one byte.
  func fill(page: Int, with byte: UInt8) {
    let bytes = [UInt8](repeating: byte, count: targetPageSize.bytes)
    bytes.withUnsafeBytes { bytes in
      do {
        try write(bytes, at: UInt64(page << targetPageSize.bits))
      } catch { Issue.record(error) }
    }
  }

  func byte(at offset: Int) -> UInt8 { (memory.base + offset).load(as: UInt8.self) }
}

/// A page filled with one byte, as a literal in a stream.
func pageBytes(_ byte: UInt8, _ count: Int = 4096) -> [UInt8] {
  [UInt8](repeating: byte, count: count)
}

/// Splits a section's payload into its page records: offsets with their kinds.
struct RecordList {
  struct Record: Equatable, CustomStringConvertible {
    var block: String?
    var page: Int
    var isZero: Bool
    var description: String { "\(block ?? "~"):\(page)\(isZero ? "z" : "")" }
  }
  var records: [Record] = []

  init(_ section: [UInt8]) throws {
    var reader = StreamReader(MemoryChannel(section))
    while true {
      let word = RAMRecordWord(rawValue: try reader.get())
      if word.kind == .endOfSection { break }
      let header = try RAMPageHeader(after: word, from: &reader)
      records.append(
        Record(
          block: header.name.map { String(decoding: $0, as: UTF8.self) },
          page: Int(word.offset >> 12), isZero: word.kind == .zero))
      try reader.skip(word.kind == .zero ? 1 : 4096)
    }
    #expect(reader.position == UInt64(section.count))
  }

  var text: [String] { records.map(\.description) }
}
