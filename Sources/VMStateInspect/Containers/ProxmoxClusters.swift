import VMState

/// Where the clusters of one device lie in a VMA archive: 16 bytes for each that has content.
struct ProxmoxClusters: Sendable {
  /// The blocks of a cluster that are there, one after another.
  struct Cluster {
    /// Where the first one stands.
    var position: UInt64
    /// A bit for each of the 16 blocks, the first one lowest.
    var mask: UInt16
  }

  /// Most clusters with content: 64 GiB of them take 16 MiB here.
  private static let most = 1 << 20

  private var clusters: [UInt32: Cluster] = [:]
  /// Behind the last cluster that has content.
  private(set) var end: UInt64 = 0

  /// Reads the headers of all extents.
  init(
    of device: ProxmoxArchive.Device, in archive: ProxmoxArchive, _ channel: any ByteChannel
  ) throws(VMStateError) {
    var position = archive.firstExtent
    while true {
      let header = try channel.bytes(at: position, upTo: ProxmoxArchive.extentHeaderSize)
      if header.isEmpty { return }
      guard header.count == ProxmoxArchive.extentHeaderSize else {
        throw VMStateError(
          .endOfStream, "the file ends inside an extent's header",
          offset: position + UInt64(header.count),
          expected: "\(ProxmoxArchive.extentHeaderSize) bytes", found: "\(header.count)")
      }
      try Self.check(header, archive, at: position)
      position += UInt64(ProxmoxArchive.extentHeaderSize)
      try take(header, device, &position)
      if let size = channel.size, position > size {
        throw VMStateError(
          .endOfStream, "the file ends inside an extent", offset: size,
          expected: "\(position - size) more bytes", found: "end of data")
      }
    }
  }

  private static func check(
    _ header: [UInt8], _ archive: ProxmoxArchive, at position: UInt64
  ) throws(VMStateError) {
    guard header.starts(with: Array("VMAE".utf8)) else {
      throw VMStateError(
        .badContainer, "no extent where one must begin", offset: position, expected: "\"VMAE\"")
    }
    guard Array(header[8..<24]) == archive.identifier else {
      throw VMStateError(
        .badContainer, "an extent of another archive", offset: position + 8,
        expected: "the archive's UUID")
    }
  }

  /// Notes the device's clusters and moves on behind the extent's blocks.
  private mutating func take(
    _ header: [UInt8], _ device: ProxmoxArchive.Device, _ position: inout UInt64
  ) throws(VMStateError) {
    let first = position
    for index in 0..<ProxmoxArchive.clustersAnExtent {
      let word: UInt64 = header.bigEndian(40 + 8 * index)
      let mask = UInt16(truncatingIfNeeded: word >> 48)
      if UInt8(truncatingIfNeeded: word >> 32) == device.id, mask != 0 {
        let number = UInt32(truncatingIfNeeded: word)
        guard clusters.count < Self.most else {
          throw VMStateError(
            .limitExceeded, "more clusters than the limit", expected: "at most \(Self.most)")
        }
        clusters[number] = Cluster(position: position, mask: mask)
        end = max(end, (UInt64(number) + 1) * UInt64(ProxmoxArchive.clusterSize))
      }
      position += UInt64(mask.nonzeroBitCount * ProxmoxArchive.blockSize)
    }
    let blocks: UInt16 = header.bigEndian(6)
    guard position - first == UInt64(blocks) * UInt64(ProxmoxArchive.blockSize) else {
      throw VMStateError(
        .badContainer, "an extent's blocks do not add up", offset: first - 506,
        expected: "\((position - first) / UInt64(ProxmoxArchive.blockSize))", found: "\(blocks)")
    }
  }

  /// Where a byte of the device stands, or nil if it is zero; and how many from it on (at least
  /// 1) are in the same block.
  func place(of offset: UInt64) -> (position: UInt64?, run: Int) {
    let (number, inside) = offset.quotientAndRemainder(
      dividingBy: UInt64(ProxmoxArchive.clusterSize))
    let (block, skip) = Int(inside).quotientAndRemainder(dividingBy: ProxmoxArchive.blockSize)
    let run = ProxmoxArchive.blockSize - skip
    guard let number = UInt32(exactly: number), let cluster = clusters[number],
      cluster.mask >> block & 1 != 0
    else { return (nil, run) }
    let before = (cluster.mask & (1 << block - 1)).nonzeroBitCount
    return (cluster.position + UInt64(before * ProxmoxArchive.blockSize + skip), run)
  }
}
