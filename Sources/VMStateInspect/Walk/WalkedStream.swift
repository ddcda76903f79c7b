import VMState

/// What a walk over a stream found; after an error, everything up to it.
public struct WalkedStream {
  /// The configuration section, if the stream has one.
  public internal(set) var configuration: ConfigurationRecord?
  /// The JSON description, if one was found at the end.
  public internal(set) var description: StreamDescription?
  /// Where the JSON text stands, from its type byte on.
  public internal(set) var descriptionRange: Range<UInt64>?
  /// Sections and commands in stream order.
  public internal(set) var elements: [WalkedElement] = []
  /// RAM blocks and page counts.
  public internal(set) var memory = WalkedMemory()
  /// Bytes from the file header to the end of the last thing that was understood.
  public internal(set) var length: UInt64 = 0
  /// Bytes after it.
  public internal(set) var trailingBytes: UInt64 = 0
  /// What QEMU would accept and is odd all the same.
  public internal(set) var warnings: [String] = []
  /// The number of a multifd channel, if this is one and no stream.
  public internal(set) var channel: UInt8?
  /// Packets of a multifd channel after the first.
  public internal(set) var channelPackets: UInt64 = 0
  /// Pages that a multifd channel carries; the zero ones are named in its packets.
  public internal(set) var channelPages = WalkedMemory.PageCounts()
  /// Bytes after a problem with no way to go on.
  public internal(set) var unreadBytes: UInt64 = 0
  /// Bytes of a mapped-ram file that no bitmap claims and that are not zero.
  public internal(set) var unclaimedBytes: UInt64 = 0
  /// Everything that is wrong, in stream order; the walk may have gone on after it.
  public internal(set) var problems: [StreamProblem] = []
  /// The first thing that is wrong, or nil.
  public internal(set) var error: VMStateError?
}

/// A section or a command at the top level.
public enum WalkedElement {
  /// A section.
  case section(WalkedSection)
  /// A command.
  case command(WalkedCommand)
}

/// One section.
public struct WalkedSection {
  /// START, PART, END or FULL.
  public var kind: SectionKind
  /// The id in header and footer.
  public var sectionID: UInt32
  /// The name (of the START section, for PART and END).
  public var idstr: String
  /// The instance id.
  public var instance: UInt32
  /// The version in the header.
  public var version: UInt32
  /// Offset of the type byte.
  public var offset: UInt64
  /// Offset of the first byte of the body.
  public var bodyOffset: UInt64
  /// Bytes of the body.
  public var bodyLength: UInt64
  /// A footer follows.
  public var hasFooter: Bool
  /// The fields, for a section that the JSON description covers.
  public var state: DescribedState?
  /// Its layout.
  public var table: DescribedTable?
  /// Where the layout came from.
  public var origin: DescribedBodyPiece.Origin?
  /// The end was found by the footer alone.
  public var isGuess = false
  /// Bytes of the body that nothing describes.
  public var opaqueBytes: UInt64 = 0

  /// Bytes from the type byte to the end of the footer.
  public var length: UInt64 { bodyOffset - offset + bodyLength + (hasFooter ? 5 : 0) }
}

/// One command.
public struct WalkedCommand {
  /// Its number.
  public var number: UInt16
  /// Offset of the type byte.
  public var offset: UInt64
  /// The payload.
  public var payload: [UInt8]

  /// The command, if it is a known one.
  public var command: MigrationCommand? { MigrationCommand(rawValue: number) }
}

/// The RAM blocks of a stream and the records that were sent for them.
public struct WalkedMemory {
  /// One block.
  public struct Block {
    /// Its name.
    public var idstr: String
    /// Its size in bytes.
    public var length: UInt64
    /// Where its region lies in the region around it, if the stream says so.
    public var regionOffset: UInt64?
    /// Page records by kind.
    public var pages = PageCounts()
  }

  /// Page records by kind.
  public struct PageCounts: Equatable {
    /// Whole pages.
    public var normal: UInt64 = 0
    /// Pages of zeros.
    public var zero: UInt64 = 0
    /// XBZRLE deltas.
    public var xbzrle: UInt64 = 0
    /// Compressed pages.
    public var compressed: UInt64 = 0
    /// All of them.
    public var total: UInt64 { normal + zero + xbzrle + compressed }
  }

  /// Bytes of a page.
  public var pageSize = 4096
  /// The pages stand at fixed places of the file.
  public var isMapped = false
  /// Points of synchronisation with multifd channels.
  public var multifdFlushes: UInt64 = 0
  /// The blocks in the order of the setup record.
  public var blocks: [Block] = []

  /// The records of all blocks together.
  public var pages: PageCounts {
    blocks.reduce(into: PageCounts()) { sum, block in
      sum.normal += block.pages.normal
      sum.zero += block.pages.zero
      sum.xbzrle += block.pages.xbzrle
      sum.compressed += block.pages.compressed
    }
  }

  /// Bytes of all blocks together.
  public var total: UInt64 { blocks.reduce(0) { $0 &+ $1.length } }
}
