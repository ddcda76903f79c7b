/// The flags of a multifd packet.
///
/// Wire: be32 at byte 8. QEMU: `MULTIFD_FLAG_*`, migration/multifd.h.
public struct MultifdFlags: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt32
  /// From bits.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `0x01`: the receiver reports this packet and waits for the main channel.
  public static let sync = Self(rawValue: 0x01)
  /// `0x40`: the packet carries a device's state (10.0 and later).
  public static let deviceState = Self(rawValue: 0x40)
  /// `0x3e`: the bits that hold the compression, one value and no set.
  public static let methodMask = Self(rawValue: 0x3E)
  /// All bits with a meaning.
  public static let known: Self = [.sync, .deviceState, .methodMask]

  /// Flags of a page packet.
  public init(_ method: MultifdCompression, sync: Bool = false) {
    rawValue = method.rawValue | (sync ? Self.sync.rawValue : 0)
  }

  /// The compression; nil if the bits hold none that is known.
  public var method: MultifdCompression? {
    MultifdCompression(rawValue: rawValue & Self.methodMask.rawValue)
  }
}

/// How the pages of a multifd channel are packed (`multifd-compression`).
///
/// The raw value is the one in the flags. QEMU: `MULTIFD_FLAG_*`, migration/multifd.h.
public enum MultifdCompression: UInt32, Sendable, Hashable, CaseIterable {
  /// The pages one after the other.
  case none = 0x00
  /// One zlib stream a channel, flushed after each packet.
  case zlib = 0x02
  /// One zstd frame a channel, flushed after each packet.
  case zstd = 0x04
  /// Intel's accelerator (9.1 and later): be32 lengths, then a deflate stream a page.
  case qpl = 0x08
  /// The Kunpeng accelerator (9.1 and later): as `qpl`.
  case uadk = 0x10
  /// QuickAssist (10.0 and later): one unit for all pages of a packet.
  case qatzip = 0x20

  /// The name in `multifd-compression`.
  public var name: String {
    switch self {
    case .none: "none"
    case .zlib: "zlib"
    case .zstd: "zstd"
    case .qpl: "qpl"
    case .uadk: "uadk"
    case .qatzip: "qatzip"
    }
  }

  /// The number of payload bytes that some pages can take.
  ///
  /// - Parameters:
  ///   - pages: Pages that are not zero, at least 1.
  ///   - pageSize: Bytes of a page.
  public func payloadLengths(pages: Int, pageSize: TargetPageSize) -> ClosedRange<Int> {
    switch self {
    case .none: pages * pageSize.bytes...pages * pageSize.bytes
    case .zlib, .zstd, .qatzip: 1...2 * MultifdFormat.pagesPerPacketBytes
    case .qpl, .uadk: pages * 5...pages * (4 + pageSize.bytes)
    }
  }
}

/// Constants of the multifd channels.
///
/// QEMU: migration/multifd.c.
public enum MultifdFormat {
  /// The first four bytes of every packet.
  public static let magic: UInt32 = 0x1122_3344
  /// The only version in use.
  public static let version: UInt32 = 1
  /// Memory that the pages of one packet span at most: 512 KiB.
  public static let pagesPerPacketBytes = 512 << 10
  /// Bytes of a page packet's header without the offsets.
  public static let fixedHeaderLength = 320
  /// Bytes of a name's field.
  public static let nameLength = 256

  /// Places for offsets in a page packet: 128 for pages of 4 KiB.
  public static func pageCount(for pageSize: TargetPageSize) -> Int {
    pagesPerPacketBytes >> pageSize.bits
  }

  /// Bytes of a page packet's header: 1344 for pages of 4 KiB.
  public static func headerLength(for pageSize: TargetPageSize) -> Int {
    fixedHeaderLength + 8 * pageCount(for: pageSize)
  }

  /// Reads magic and version.
  static func checkStart(_ reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let magic = try reader.get(UInt32.self)
    guard magic == Self.magic else {
      throw VMStateError(
        .badMagic, "not a multifd packet", offset: offset, expected: hexadecimal(Self.magic),
        found: hexadecimal(magic))
    }
    let version = try reader.get(UInt32.self)
    guard version == Self.version else {
      throw VMStateError(
        .badPacket, "a multifd packet of an unknown version", offset: offset + 4,
        expected: "\(Self.version)", found: "\(version)")
    }
  }
}
