import VMState

/// One thing in which two streams differ.
public struct StreamDifference: Sendable, Hashable {
  /// What differs.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The configuration: machine type, page size, capabilities.
    case configuration
    /// A section that only one of them has, or of another version.
    case section
    /// The sections come in another order.
    case order
    /// A field's value.
    case field
    /// A field or subsection that only one of them has, or of another type or length.
    case layout
    /// Bytes of a section that nothing describes.
    case bytes
    /// Commands.
    case command
    /// RAM: blocks and pages.
    case memory
    /// Something is wrong with one of the streams.
    case problem
  }

  /// What differs.
  public var kind: Kind
  /// Section and field: `0000:00:03.0/e1000/mac_reg[3]`.
  public var path: String
  /// The first stream's value in words; nil if it has none.
  public var first: String?
  /// The second one's.
  public var second: String?
  /// Where it is in the first stream.
  public var firstOffset: UInt64?
  /// Where it is in the second one.
  public var secondOffset: UInt64?

  /// A difference.
  public init(
    _ kind: Kind, _ path: String, _ first: String?, _ second: String?,
    at firstOffset: UInt64? = nil, _ secondOffset: UInt64? = nil
  ) {
    self.kind = kind
    self.path = path
    self.first = first
    self.second = second
    self.firstOffset = firstOffset
    self.secondOffset = secondOffset
  }
}

/// What two streams differ in.
public struct StreamDiff: Sendable {
  /// Everything but pages, in the order of the first stream.
  public internal(set) var differences: [StreamDifference] = []
  /// Blocks whose pages differ.
  public internal(set) var memory: [MemoryDifference] = []
  /// Differences that a pattern left out.
  public internal(set) var ignored = 0

  /// True if nothing differs, but for what was left out.
  public var isEmpty: Bool { differences.isEmpty && memory.isEmpty }
}

/// Pages of a block that differ.
public struct MemoryDifference: Sendable, Hashable {
  /// The block's name.
  public var idstr: String
  /// Bytes of a page.
  public var pageSize: Int
  /// Pages that differ.
  public var pages: Int
  /// The block's pages.
  public var total: Int
  /// Where: byte offsets in the block; the first ones if there are many.
  public var ranges: [Range<UInt64>]
  /// More ranges follow.
  public var isCut: Bool
}
