import VMState

/// An entry of a qcow2 image's snapshot table.
///
/// Wire, big-endian: be64 L1 table offset, be32 L1 entries, be16 id length, be16 name length,
/// be32 seconds, be32 nanoseconds, be64 guest clock, be32 VM state size, be32 extra size, extra
/// data (be64 VM state size, be64 disk size, be64 icount), id, name, zeros up to a multiple of 8.
///
/// QEMU: `qcow2_do_read_snapshots`, block/qcow2-snapshot.c.
public struct QCOW2Snapshot: Sendable, Hashable {
  /// The id: a number in text.
  public var id: String
  /// The name that the user gave.
  public var name: String
  /// When it was made: seconds since 1970, UTC.
  public var seconds: UInt32
  /// And nanoseconds.
  public var nanoseconds: UInt32
  /// How long the guest had run, in nanoseconds.
  public var guestClock: UInt64
  /// Bytes of VM state; 0 for a snapshot of the disk alone. Of a mapped-ram state this is less
  /// than what there is.
  public var stateSize: UInt64
  /// Size of the virtual disk at that time, in bytes.
  public var diskSize: UInt64
  /// Instructions that the guest had executed, if they were counted.
  public var instructions: UInt64?
  /// Where the snapshot's L1 table stands.
  var tableOffset: UInt64
  /// Its entries.
  var tableEntries: UInt32
}

/// The snapshot table of a qcow2 image.
public struct QCOW2SnapshotTable: Sendable {
  /// The entries in their order.
  public private(set) var snapshots: [QCOW2Snapshot] = []

  // QEMU's limits.
  private static let mostSnapshots: UInt32 = 65536
  private static let largestTable: UInt64 = 64 << 20
  private static let largestExtra: UInt32 = 1024
  private static let largestL1: UInt64 = 32 << 20
  /// Ours: names are held in memory.
  private static let longestNames = 16 << 20

  /// Reads the table.
  ///
  /// - Throws: `badContainer`, `limitExceeded`, `endOfStream`, the channel's errors.
  public init(of header: QCOW2Header, from channel: any ByteChannel) throws(VMStateError) {
    guard header.snapshotCount > 0 else { return }
    guard header.snapshotCount <= Self.mostSnapshots else {
      throw QCOW2Header.bad(
        "too many snapshots", at: 60, "at most \(Self.mostSnapshots)", "\(header.snapshotCount)")
    }
    let first = header.snapshotOffset
    guard first > 0, first % header.clusterSize == 0, first < channel.size ?? .max else {
      throw QCOW2Header.bad(
        "the snapshot table lies outside the image", at: 64, "a cluster of the image", "\(first)")
    }
    var reader = StreamReader(
      WindowChannel(on: channel, from: first, count: Self.largestTable), offset: first)
    var names = 0
    for index in 0..<header.snapshotCount {
      do throws(VMStateError) {
        let snapshot = try Self.entry(&reader, first, header)
        names += snapshot.id.utf8.count + snapshot.name.utf8.count
        guard names <= Self.longestNames else {
          throw VMStateError(.limitExceeded, "the snapshots' names are too long")
        }
        snapshots.append(snapshot)
      } catch {
        throw error.at(reader.position).within("snapshot \(index)")
      }
    }
  }

  private static func entry(
    _ reader: inout StreamReader, _ first: UInt64, _ header: QCOW2Header
  ) throws(VMStateError) -> QCOW2Snapshot {
    try reader.skip((8 - (reader.position - first) % 8) % 8)
    let offset = reader.position
    var snapshot = QCOW2Snapshot(
      id: "", name: "", seconds: 0, nanoseconds: 0, guestClock: 0, stateSize: 0,
      diskSize: header.diskSize, tableOffset: try reader.get(), tableEntries: try reader.get())
    let idLength = Int(try reader.get(UInt16.self))
    let nameLength = Int(try reader.get(UInt16.self))
    snapshot.seconds = try reader.get()
    snapshot.nanoseconds = try reader.get()
    snapshot.guestClock = try reader.get()
    snapshot.stateSize = UInt64(try reader.get(UInt32.self))
    try readExtra(&snapshot, &reader, header)
    snapshot.id = try text(idLength, &reader)
    snapshot.name = try text(nameLength, &reader)
    try check(snapshot, header, at: offset)
    return snapshot
  }

  private static func readExtra(
    _ snapshot: inout QCOW2Snapshot, _ reader: inout StreamReader, _ header: QCOW2Header
  ) throws(VMStateError) {
    let offset = reader.position
    let size = try reader.get(UInt32.self)
    guard size <= largestExtra else {
      throw QCOW2Header.bad(
        "too much extra data", at: offset, "at most \(largestExtra) bytes", "\(size)")
    }
    guard header.version < 3 || size >= 16 else {
      throw QCOW2Header.bad(
        "extra data that version 3 requires is missing", at: offset, "16 bytes or more", "\(size)")
    }
    if size >= 8 { snapshot.stateSize = try reader.get() }
    if size >= 16 { snapshot.diskSize = try reader.get() }
    if size >= 24 {
      let count = try reader.get(UInt64.self)
      if count != .max { snapshot.instructions = count }
    }
    let known: UInt32 = size >= 24 ? 24 : size / 8 * 8
    try reader.skip(UInt64(size - known))
  }

  private static func text(
    _ length: Int, _ reader: inout StreamReader
  ) throws(VMStateError) -> String {
    String(decoding: try reader.getBytes(length, limit: Int(UInt16.max)), as: UTF8.self)
  }

  private static func check(
    _ snapshot: QCOW2Snapshot, _ header: QCOW2Header, at offset: UInt64
  ) throws(VMStateError) {
    guard UInt64(snapshot.tableEntries) * 8 <= largestL1 else {
      throw QCOW2Header.bad(
        "the L1 table is too large", at: offset + 8, "at most \(largestL1 / 8) entries",
        "\(snapshot.tableEntries)")
    }
    guard snapshot.tableOffset % header.clusterSize == 0, snapshot.tableOffset < 1 << 56 else {
      throw QCOW2Header.bad(
        "the L1 table does not begin at a cluster", at: offset,
        "a multiple of \(header.clusterSize)", "\(snapshot.tableOffset)")
    }
  }

  /// The snapshot with this id or, if there is none, this name.
  ///
  /// - Parameter wanted: nil for the first snapshot that holds VM state.
  public func find(_ wanted: String?) -> QCOW2Snapshot? {
    guard let wanted else { return snapshots.first { $0.stateSize > 0 } }
    return snapshots.first { $0.id == wanted } ?? snapshots.first { $0.name == wanted }
  }
}
