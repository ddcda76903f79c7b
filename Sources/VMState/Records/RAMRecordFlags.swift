/// The low bits of a RAM record word: what the record is.
///
/// QEMU: `RAM_SAVE_FLAG_*`, migration/ram.c.
public struct RAMRecordFlags: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt64
  /// From bits.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `0x001`: obsolete, never sent.
  @inlinable public static var full: Self { Self(rawValue: 0x001) }
  /// `0x002`: a page of zeros; one byte (0) follows.
  @inlinable public static var zero: Self { Self(rawValue: 0x002) }
  /// `0x004`: the block list; the word holds the total size instead of an offset.
  @inlinable public static var memSize: Self { Self(rawValue: 0x004) }
  /// `0x008`: the bytes of a page follow.
  @inlinable public static var page: Self { Self(rawValue: 0x008) }
  /// `0x010`: the end of the section's payload.
  @inlinable public static var endOfSection: Self { Self(rawValue: 0x010) }
  /// `0x020`: the same block as the page record before; no name follows.
  @inlinable public static var `continue`: Self { Self(rawValue: 0x020) }
  /// `0x040`: a delta against the page's earlier content follows.
  @inlinable public static var xbzrle: Self { Self(rawValue: 0x040) }
  /// `0x080`: control data of RDMA.
  @inlinable public static var hook: Self { Self(rawValue: 0x080) }
  /// `0x100`: a zlib-compressed page follows (7.2).
  @inlinable public static var compressPage: Self { Self(rawValue: 0x100) }
  /// `0x200`: a point of synchronisation with the multifd channels (10.0, 11.x).
  @inlinable public static var multifdFlush: Self { Self(rawValue: 0x200) }

  /// The flags of records that carry a page, and a block's name unless `continue` is set.
  @inlinable public static var pageKinds: Self { [.zero, .page, .xbzrle, .compressPage] }
}

extension RAMRecordFlags: CustomStringConvertible {
  private static let names: [(Self, String)] = [
    (.full, "FULL"), (.zero, "ZERO"), (.memSize, "MEM_SIZE"), (.page, "PAGE"),
    (.endOfSection, "EOS"),
    (.continue, "CONTINUE"), (.xbzrle, "XBZRLE"), (.hook, "HOOK"), (.compressPage, "COMPRESS_PAGE"),
    (.multifdFlush, "MULTIFD_FLUSH"),
  ]

  /// The names QEMU uses, joined by `|`; bits without a name in hexadecimal.
  public var description: String {
    var left = self
    var parts: [String] = []
    for (flag, name) in Self.names where contains(flag) {
      parts.append(name)
      left.remove(flag)
    }
    if !left.isEmpty || parts.isEmpty { parts.append("0x" + String(left.rawValue, radix: 16)) }
    return parts.joined(separator: "|")
  }
}
