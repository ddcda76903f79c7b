/// Where the last version of a guest page is: eight bytes a page.
///
/// The three highest bits are the kind, the next eight the source (0 for the stream itself,
/// then the multifd channels), the rest the position in it.
public struct PageEntry: Sendable, Hashable {
  /// What the last version of a page is.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// It was never sent, or forgotten again (postcopy).
    case absent
    /// Zeros.
    case zero
    /// The page's bytes stand at the position.
    case page
    /// be32 length and zlib data stand at the position.
    case compressed
    /// Deltas were applied (XBZRLE): the page stands in the spool.
    case patched
    /// The page came without a place that can be read again: it stands in the spool.
    case spooled
    /// The page's bytes stand at their fixed place of a mapped-ram file.
    case mapped
  }

  /// The highest position that an entry can hold, plus one.
  static let positionLimit: UInt64 = 1 << 53

  /// All of it; 0 for an absent page.
  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ kind: Kind, source: Int = 0, position: UInt64 = 0) {
    rawValue =
      UInt64(kind.rawValue) &<< 61 | UInt64(truncatingIfNeeded: source) &<< 53 | position
  }

  /// What it is.
  public var kind: Kind { Kind(rawValue: UInt8(rawValue &>> 61)) ?? .absent }
  /// 0 for the stream, 1 and more for the channels.
  public var source: Int { Int(rawValue &>> 53 & 0xFF) }
  /// Position in the source or in the spool.
  public var position: UInt64 { rawValue & (Self.positionLimit - 1) }
  /// True if the page has bytes somewhere.
  public var hasContent: Bool { rawValue &>> 61 > 1 }
}
