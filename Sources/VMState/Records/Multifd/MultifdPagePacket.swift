/// A packet of a multifd channel that carries pages, or only a point of synchronisation.
///
/// Wire: be32 magic, version, flags, pages allocated, normal pages, payload length; be64
/// number; be32 zero pages and 28 bytes without meaning (32 such bytes before 9.0); 256 bytes
/// block name; be64 offsets, always as many as a packet can have. Then the payload, which
/// this value does not hold. QEMU: `MultiFDPacket_t`, migration/multifd.h.
public struct MultifdPagePacket: Sendable, Hashable {
  /// What the bytes from 32 to 63 are.
  public enum Layout: Sendable, Hashable {
    /// Nothing: zero pages go over the main channel (8.2 and older).
    case normalPages
    /// The number of zero pages comes first (9.0 and later; an older packet reads the same,
    /// with no zero pages).
    case zeroPages
  }

  /// How it is laid out.
  public var layout: Layout
  /// Synchronisation and compression.
  public var flags: MultifdFlags
  /// Places for offsets that the sender has; 0 in a packet of synchronisation from 9.0 on.
  public var allocatedPages: UInt32
  /// Pages with content: so many first offsets are theirs.
  public var normalPages: UInt32
  /// Bytes of payload as sent. It says nothing without normal pages (8.2 and older leave an
  /// earlier packet's value): see `payloadLength`.
  public var nextPacketSize: UInt32
  /// Counts the packets of all channels together.
  public var number: UInt64
  /// Pages of zeros: so many offsets follow those of the normal pages.
  public var zeroPages: UInt32
  /// The bytes without meaning, without the zeros at their end.
  public var reserved: [UInt8]
  /// The field of the block's name, without the zeros at its end.
  public var nameField: [UInt8]
  /// All places for offsets, unused ones included (8.2 and older leave earlier values there).
  public var offsets: [UInt64]

  /// A packet as QEMU 9.0 and later make it: what is not used is zero.
  ///
  /// - Parameters:
  ///   - name: The block's name, at most 255 bytes without a zero.
  ///   - normal: Offsets of the pages in the payload, in its order.
  ///   - zero: Offsets of pages of zeros.
  ///   - payloadLength: Bytes that follow the header.
  public init(
    name: [UInt8], normal: [UInt64], zero: [UInt64] = [], number: UInt64, flags: MultifdFlags,
    payloadLength: Int, pageSize: TargetPageSize = .standard
  ) {
    let places = MultifdFormat.pageCount(for: pageSize)
    precondition(normal.count + zero.count <= places, "more pages than a packet has places for")
    precondition(name.count < MultifdFormat.nameLength, "a block's name has at most 255 bytes")
    self.init(flags: flags, number: number, places: places)
    allocatedPages = UInt32(places)
    normalPages = UInt32(normal.count)
    zeroPages = UInt32(zero.count)
    nextPacketSize = UInt32(payloadLength)
    nameField = name
    offsets.replaceSubrange(0..<normal.count + zero.count, with: normal + zero)
  }

  /// A packet of synchronisation as QEMU 9.0 and later make it.
  public init(synchronisation number: UInt64, pageSize: TargetPageSize = .standard) {
    self.init(flags: .sync, number: number, places: MultifdFormat.pageCount(for: pageSize))
  }

  private init(flags: MultifdFlags, number: UInt64, places: Int) {
    layout = .zeroPages
    self.flags = flags
    self.number = number
    (allocatedPages, normalPages, nextPacketSize, zeroPages) = (0, 0, 0, 0)
    (reserved, nameField) = ([], [])
    offsets = [UInt64](repeating: 0, count: places)
  }

  /// The block's name: the field up to its first zero, at most 255 bytes.
  public var blockName: [UInt8] {
    Array(nameField.prefix(MultifdFormat.nameLength - 1).prefix { $0 != 0 })
  }

  /// The block's name as text.
  public var idstr: String { String(decoding: blockName, as: UTF8.self) }

  /// Bytes of payload that really follow: none without normal pages.
  public var payloadLength: Int { normalPages == 0 ? 0 : Int(nextPacketSize) }

  /// Offsets of the pages in the payload, in its order.
  public var normalOffsets: ArraySlice<UInt64> { offsets.prefix(Int(normalPages)) }

  /// Offsets of the pages of zeros.
  public var zeroOffsets: ArraySlice<UInt64> {
    offsets.dropFirst(Int(normalPages)).prefix(Int(zeroPages))
  }

  /// True if the receiver must report it and wait.
  public var isSynchronisation: Bool { flags.contains(.sync) }
}
