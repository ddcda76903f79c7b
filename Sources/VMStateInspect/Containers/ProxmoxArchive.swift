import VMState

/// A Proxmox backup archive (`.vma`), opened for the VM state in it.
///
/// Wire, big-endian: a header with up to 255 devices, then extents; each extent is 512 bytes that
/// say which 4 KiB blocks of up to 59 clusters of 64 KiB follow. Clusters come in any order, and
/// blocks of zeros are left out.
///
/// Proxmox VE: `VmaHeader` and `VmaExtentHeader`, vma.h of its QEMU.
public struct ProxmoxArchive: Sendable {
  /// `VMA` and a zero.
  static let magic: [UInt8] = [0x56, 0x4d, 0x41, 0x00]
  /// The name of the device that holds the VM state.
  static let stateName = "vmstate"

  static let clusterSize = 65536
  static let blockSize = 4096
  static let extentHeaderSize = 512
  static let clustersAnExtent = 59
  private static let deviceTable = 4096
  private static let fixedHeader = 12288
  private static let largestHeader: UInt32 = 16 << 20

  /// A device of the archive.
  public struct Device: Sendable, Hashable {
    /// Its id in the extents, 1 to 255.
    public var id: UInt8
    /// Its name, as in `drive-scsi0`.
    public var name: String
    /// Its bytes.
    public var size: UInt64
  }

  /// The devices, by id.
  public let devices: [Device]
  /// Seconds since 1970, UTC, when the archive was begun.
  public let seconds: Int64
  /// Where the first extent stands.
  let firstExtent: UInt64
  /// Joins extents to their archive.
  let identifier: [UInt8]
  private let channel: any ByteChannel

  /// Reads the header.
  ///
  /// - Parameter channel: The archive; needs positions.
  /// - Throws: `badContainer`, `unsupported`, `endOfStream`, the channel's errors.
  public init(_ channel: any ByteChannel) throws(VMStateError) {
    guard channel.capabilities.contains(.positioned) else {
      throw VMStateError(
        .unsupported, "a VMA archive can only be read where positions are to be had",
        expected: "a file", found: "a pipe, or data that is compressed as a whole"
      ).within("VMA archive")
    }
    self.channel = channel
    do throws(VMStateError) {
      let fixed = try channel.bytes(at: 0, exactly: Self.fixedHeader, "the header")
      try Self.check(fixed)
      let size: UInt32 = fixed.bigEndian(56)
      let header = try channel.bytes(at: 0, exactly: Int(size), "the header")
      firstExtent = UInt64(size)
      identifier = Array(header[8..<24])
      seconds = header.bigEndian(24)
      devices = try Self.devices(in: header)
    } catch {
      throw error.within("VMA archive")
    }
  }

  private static func check(_ header: [UInt8]) throws(VMStateError) {
    guard header.starts(with: magic) else {
      throw VMStateError(.badContainer, "not a VMA archive", offset: 0, expected: "\"VMA\" 00")
    }
    let version: UInt32 = header.bigEndian(4)
    guard version == 1 else {
      throw VMStateError(
        .unsupported, "a VMA archive of an unknown version", offset: 4, expected: "1",
        found: "\(version)")
    }
    let size: UInt32 = header.bigEndian(56)
    guard size >= fixedHeader, size <= largestHeader, size % 512 == 0 else {
      throw VMStateError(
        .badContainer, "the header's size cannot be", offset: 56,
        expected: "a multiple of 512 from \(fixedHeader) to \(largestHeader)", found: "\(size)")
    }
    let blobs: (first: UInt32, count: UInt32) = (header.bigEndian(48), header.bigEndian(52))
    guard blobs.first >= fixedHeader, UInt64(blobs.first) + UInt64(blobs.count) <= UInt64(size)
    else {
      throw VMStateError(
        .badContainer, "the names do not lie in the header", offset: 48,
        expected: "\(fixedHeader) to \(size)", found: "\(blobs.first) and \(blobs.count) bytes")
    }
  }

  private static func devices(in header: [UInt8]) throws(VMStateError) -> [Device] {
    var devices: [Device] = []
    for id in 1..<256 {
      let entry = deviceTable + id * 32
      let (name, size): (UInt32, UInt64) = (header.bigEndian(entry), header.bigEndian(entry + 8))
      if name == 0, size == 0 { continue }
      devices.append(
        Device(id: UInt8(id), name: try text(at: name, in: header, entry), size: size))
    }
    return devices
  }

  /// A text of the blob area: le16 length with the zero at its end, then the bytes.
  private static func text(
    at offset: UInt32, in header: [UInt8], _ entry: Int
  ) throws(VMStateError) -> String {
    let (first, size): (UInt32, UInt32) = (header.bigEndian(48), header.bigEndian(52))
    guard size >= 2, offset <= size - 2 else { throw badName(offset, entry) }
    let place = Int(first) + Int(offset)
    let count: UInt16 = header.littleEndian(place)
    guard Int(offset) + 2 + Int(count) <= Int(size) else { throw badName(offset, entry) }
    let bytes = header[place + 2..<place + 2 + Int(count)]
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func badName(_ offset: UInt32, _ entry: Int) -> VMStateError {
    VMStateError(
      .badContainer, "a device's name does not lie among the names", offset: UInt64(entry),
      found: "\(offset)")
  }

  /// The VM state, with positions.
  ///
  /// - Throws: `badContainer` if there is none or the extents are damaged, `limitExceeded`,
  ///   `endOfStream`, the channel's errors.
  public func state() throws(VMStateError) -> any ByteChannel {
    do throws(VMStateError) {
      guard let device = devices.first(where: { $0.name == Self.stateName }) else {
        throw VMStateError(
          .badContainer, "the archive holds no VM state", expected: "a device \(Self.stateName)",
          found: devices.prefix(20).map(\.name).joined(separator: ", "))
      }
      let map = try ProxmoxClusters(of: device, in: self, channel)
      // A size far beyond all content is not believed: zeros without an end would follow.
      return ProxmoxStateChannel(channel, map, size: min(device.size, map.end))
    } catch {
      throw error.within("VMA archive")
    }
  }
}
