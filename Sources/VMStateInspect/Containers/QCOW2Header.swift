import VMState

/// The parts of a qcow2 image's header that lead to VM state. All numbers are big-endian.
///
/// QEMU: `qcow2_do_open`, block/qcow2.c; docs/interop/qcow2.rst.
public struct QCOW2Header: Sendable, Hashable {
  /// `51 46 49 fb`.
  static let magic: [UInt8] = [0x51, 0x46, 0x49, 0xfb]
  /// Bytes of the longest header that is looked at.
  private static let longest = 112

  /// 2 or 3.
  public var version: UInt32
  /// log2 of a cluster's bytes, 9 to 21.
  public var clusterBits: UInt32
  /// Size of the virtual disk in bytes.
  public var diskSize: UInt64
  /// Number of snapshots.
  public var snapshotCount: UInt32
  /// Where the snapshot table stands.
  public var snapshotOffset: UInt64
  /// Features that a reader must know; 0 in version 2.
  public var incompatible: UInt64
  /// How clusters are compressed.
  public var compression: CompressionFormat

  /// Bytes of a cluster.
  public var clusterSize: UInt64 { 1 << UInt64(clusterBits) }
  /// L2 entries have two words: offset and a bitmap of 32 subclusters.
  public var hasExtendedL2: Bool { incompatible & Features.extendedL2 != 0 }
  /// The image was not closed; only its reference counts may be wrong.
  public var isDirty: Bool { incompatible & Features.dirty != 0 }
  /// QEMU found the image's metadata damaged.
  public var isCorrupt: Bool { incompatible & Features.corrupt != 0 }

  private enum Features {
    static let dirty: UInt64 = 1 << 0
    static let corrupt: UInt64 = 1 << 1
    static let externalData: UInt64 = 1 << 2
    static let compression: UInt64 = 1 << 3
    static let extendedL2: UInt64 = 1 << 4
    static let known: UInt64 = (1 << 5) - 1
  }

  /// Reads and checks the header.
  ///
  /// - Throws: `badContainer`, `unsupported` for encrypted images, unknown features and images
  ///   that cannot hold VM state, `endOfStream`, the channel's errors.
  public init(from channel: any ByteChannel) throws(VMStateError) {
    var bytes = try channel.bytes(at: 0, upTo: Self.longest)
    guard bytes.count >= 72, bytes.starts(with: Self.magic) else {
      throw VMStateError(
        .badContainer, "not a qcow2 image", offset: 0, expected: "\"QFI\" 0xfb and a header")
    }
    bytes += [UInt8](repeating: 0, count: Self.longest - bytes.count)
    version = bytes.bigEndian(4)
    clusterBits = bytes.bigEndian(20)
    diskSize = bytes.bigEndian(24)
    snapshotCount = bytes.bigEndian(60)
    snapshotOffset = bytes.bigEndian(64)
    let isThree = version >= 3
    incompatible = isThree ? bytes.bigEndian(72) : 0
    let length: UInt32 = isThree ? bytes.bigEndian(100) : 72
    compression = isThree && length > 104 && bytes[104] == 1 ? .zstd : .deflate
    try check(length: length, encryption: bytes.bigEndian(32), compression: bytes[104])
  }

  private func check(
    length: UInt32, encryption: UInt32, compression: UInt8
  ) throws(VMStateError) {
    guard version == 2 || version == 3 else {
      throw VMStateError(
        .unsupported, "a qcow2 image of an unknown version", offset: 4, expected: "2 or 3",
        found: "\(version)")
    }
    guard (9...21).contains(clusterBits) else {
      throw Self.bad("the cluster size cannot be", at: 20, "9 to 21 bits", "\(clusterBits)")
    }
    guard encryption == 0 else {
      throw VMStateError(
        .unsupported, "the image is encrypted, and its VM state with it", offset: 32,
        expected: "0 (no encryption)",
        found: encryption == 1 ? "1 (AES)" : encryption == 2 ? "2 (LUKS)" : "\(encryption)")
    }
    guard version == 2 || (length >= 104 && length % 8 == 0) else {
      throw Self.bad("the header's length cannot be", at: 100, "104 or more", "\(length)")
    }
    try checkFeatures(length: length, compression: compression)
  }

  private func checkFeatures(length: UInt32, compression: UInt8) throws(VMStateError) {
    guard incompatible & ~Features.known == 0 else {
      throw VMStateError(
        .unsupported, "the image has features that are not known", offset: 72,
        expected: "bits 0 to 4", found: "0x" + String(incompatible, radix: 16))
    }
    guard incompatible & Features.externalData == 0 else {
      throw VMStateError(
        .unsupported, "an image with an external data file cannot hold VM state", offset: 72)
    }
    let hasType = incompatible & Features.compression != 0
    guard !hasType || (length > 104 && compression == 1) else {
      throw VMStateError(
        .unsupported, "clusters are compressed in an unknown way", offset: 104,
        expected: "1 (zstd)", found: "\(compression)")
    }
    guard !hasExtendedL2 || clusterBits >= 14 else {
      throw Self.bad(
        "extended L2 entries need larger clusters", at: 20, "14 to 21 bits", "\(clusterBits)")
    }
  }

  static func bad(
    _ message: String, at offset: UInt64, _ expected: String, _ found: String
  ) -> VMStateError {
    VMStateError(.badContainer, message, offset: offset, expected: expected, found: found)
  }
}
