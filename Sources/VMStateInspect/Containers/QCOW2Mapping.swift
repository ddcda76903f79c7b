import VMState

/// Where the guest bytes of a snapshot lie in a qcow2 image.
///
/// QEMU: `qcow2_get_host_offset`, block/qcow2-cluster.c.
struct QCOW2Mapping {
  /// What holds some guest bytes.
  enum Place: Equatable {
    /// Nothing: they are zeros.
    case zeros
    /// They stand in the image as they are.
    case plain(UInt64)
    /// The whole cluster is compressed.
    case compressed(host: UInt64, length: Int)
  }

  private static let offsetMask: UInt64 = 0x00ff_ffff_ffff_fe00

  let header: QCOW2Header
  let snapshot: QCOW2Snapshot
  private var tables: QCOW2Tables
  private let imageSize: UInt64?

  init(_ header: QCOW2Header, _ snapshot: QCOW2Snapshot, _ channel: any ByteChannel) {
    self.header = header
    self.snapshot = snapshot
    tables = QCOW2Tables(channel)
    imageSize = channel.size
  }

  private var entrySize: UInt64 { header.hasExtendedL2 ? 16 : 8 }
  private var tableEntries: UInt64 { header.clusterSize / entrySize }
  /// Guest bytes that one L1 entry covers: at most 2 to the 39.
  var span: UInt64 { header.clusterSize * tableEntries }

  /// The first guest byte of the VM state: behind the disk, where an L1 entry begins.
  ///
  /// - Throws: `badContainer` if that is behind what the L1 table covers.
  func stateStart() throws(VMStateError) -> UInt64 {
    let disk = snapshot.diskSize
    let tables = disk / span + (disk % span == 0 ? 0 : 1)
    guard tables < UInt64(snapshot.tableEntries) else {
      throw VMStateError(
        .badContainer, "the snapshot's L1 table ends before its VM state",
        expected: "more than \(tables) entries", found: "\(snapshot.tableEntries)")
    }
    return tables * span
  }

  /// What holds a guest byte, and how many from it on (at least 1) lie there one after another.
  mutating func place(of guest: UInt64) throws(VMStateError) -> (Place, UInt64) {
    let (first, second) = (guest / span, guest % span / header.clusterSize)
    let inside = guest % header.clusterSize
    let rest = header.clusterSize - inside
    guard first < UInt64(snapshot.tableEntries) else { return (.zeros, rest) }
    guard let table = try table(first) else { return (.zeros, span - guest % span) }
    let position = table + second * entrySize
    let entry = try tables.word(at: position)
    if entry & 1 << 62 != 0 { return (try compressed(entry, at: position), rest) }
    let host = entry & Self.offsetMask
    if header.hasExtendedL2 {
      return try subcluster(host, inside, bitmap: tables.word(at: position + 8), at: position)
    }
    if host == 0 || (header.version >= 3 && entry & 1 != 0) { return (.zeros, rest) }
    try check(host, at: position)
    return (.plain(host + inside), rest)
  }

  /// The L2 table of an L1 entry.
  private mutating func table(_ index: UInt64) throws(VMStateError) -> UInt64? {
    let position = snapshot.tableOffset + index * 8
    let offset = try tables.word(at: position) & Self.offsetMask
    if offset == 0 { return nil }
    try check(offset, at: position)
    return offset
  }

  private func check(_ offset: UInt64, at position: UInt64) throws(VMStateError) {
    guard offset % header.clusterSize == 0 else {
      throw QCOW2Header.bad(
        "an entry that leads inside a cluster", at: position,
        "a multiple of \(header.clusterSize)", "\(offset)")
    }
    try checkInside(offset, at: position)
  }

  /// A cluster may end behind the end of the image, and is zeros there; none begins there.
  private func checkInside(_ offset: UInt64, at position: UInt64) throws(VMStateError) {
    guard let imageSize, offset >= imageSize else { return }
    throw VMStateError(
      .endOfStream, "an entry leads behind the end of the image, which may have been cut",
      offset: position, expected: "below \(imageSize)", found: "\(offset)")
  }

  private func compressed(_ entry: UInt64, at position: UInt64) throws(VMStateError) -> Place {
    let bits = 62 - (UInt64(header.clusterBits) - 8)
    let host = entry & ((1 << bits) - 1)
    let sectors = (entry & ((1 << 62) - 1)) >> bits + 1
    guard host < 1 << 56 else {
      throw QCOW2Header.bad(
        "a compressed cluster far outside", at: position, "below 2^56", "\(host)")
    }
    try checkInside(host, at: position)
    return .compressed(host: host, length: Int(sectors * 512 - host % 512))
  }

  private func subcluster(
    _ host: UInt64, _ inside: UInt64, bitmap: UInt64, at position: UInt64
  ) throws(VMStateError) -> (Place, UInt64) {
    let size = header.clusterSize / 32
    let index = inside / size
    let rest = size - inside % size
    let isZero = bitmap & 1 << (32 + index) != 0
    let isAllocated = bitmap & 1 << index != 0
    if isZero || !isAllocated || host == 0 { return (.zeros, rest) }
    try check(host, at: position)
    return (.plain(host + inside), rest)
  }
}
