import VMState

/// A stream with the files that belong to it.
public struct MemorySource: Sendable {
  /// The stream, or the main channel of a multifd capture.
  public var main: any ByteChannel
  /// The files of the multifd channels, in any order.
  public var channels: [any ByteChannel]

  /// A stream.
  public init(_ main: any ByteChannel, channels: [any ByteChannel] = []) {
    self.main = main
    self.channels = channels
  }

  /// True if pages can be read again later.
  var isPositioned: Bool { main.capabilities.contains(.positioned) }
}

/// Bounds and helpers for whoever follows a stream's memory.
public struct MemoryOptions: Sendable {
  /// How the stream is walked.
  public var walk = WalkOptions()
  /// Most guest memory that is accepted, in bytes (default 16 TiB).
  public var guestBytes: UInt64 = 16 << 40
  /// Most memory for the page tables, in bytes (default 4 GiB: 8 bytes a page of 2 TiB).
  public var tableBytes = 4 << 30
  /// The folder for pages that no file holds as they are (XBZRLE, compressed channels).
  public var temporaryFolder = "/tmp"

  /// The defaults.
  public init() {}
}

/// One RAM block of a stream.
public struct MemoryBlock: Sendable, Hashable {
  /// The name's bytes.
  public var name: [UInt8]
  /// Length in bytes.
  public var length: UInt64
  /// Bytes of a page.
  public var pageSize: Int
  /// Offset of the block's region in its container, if the stream tells.
  public var regionOffset: UInt64?

  /// The name as text.
  public var idstr: String { String(decoding: name, as: UTF8.self) }
  /// Number of pages, the last one perhaps cut.
  public var pages: Int { Int(clamping: (length + UInt64(pageSize) - 1) / UInt64(pageSize)) }

  /// A block.
  public init(name: [UInt8], length: UInt64, pageSize: Int, regionOffset: UInt64? = nil) {
    self.name = name
    self.length = length
    self.pageSize = pageSize
    self.regionOffset = regionOffset
  }

  init(_ entry: RAMSetupRecord.Entry, pageSize: Int) {
    self.init(
      name: entry.name, length: entry.length, pageSize: pageSize,
      regionOffset: entry.regionOffset)
  }

  /// Bytes of a page: fewer for a last page that is cut.
  func size(ofPage page: Int) -> Int {
    let first = UInt64(page) * UInt64(pageSize)
    return Int(min(UInt64(pageSize), length - min(length, first)))
  }
}
