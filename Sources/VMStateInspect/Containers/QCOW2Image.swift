import VMState

/// A qcow2 image, opened for the VM state in it.
public struct QCOW2Image: Sendable {
  /// The header.
  public let header: QCOW2Header
  /// The snapshots in the table's order.
  public let table: QCOW2SnapshotTable
  private let channel: any ByteChannel

  /// Reads header and snapshot table.
  ///
  /// - Parameter channel: The image; needs positions.
  /// - Throws: `badContainer`, `unsupported`, `limitExceeded`, `endOfStream`, the channel's
  ///   errors.
  public init(_ channel: any ByteChannel) throws(VMStateError) {
    guard channel.capabilities.contains(.positioned) else {
      throw VMStateError(
        .unsupported, "a qcow2 image can only be read where positions are to be had",
        expected: "a file", found: "a pipe, or data that is compressed as a whole")
    }
    self.channel = channel
    do throws(VMStateError) {
      header = try QCOW2Header(from: channel)
      table = try QCOW2SnapshotTable(of: header, from: channel)
    } catch {
      throw error.within("qcow2")
    }
  }

  /// What is odd about the image although it can be read.
  public var warnings: [String] {
    var warnings: [String] = []
    if header.isDirty { warnings.append("the qcow2 image was not closed; it may be in use") }
    if header.isCorrupt { warnings.append("the qcow2 image is marked as corrupt") }
    return warnings
  }

  /// The snapshot with this id or else this name.
  ///
  /// - Parameter wanted: nil for the first snapshot that holds VM state.
  /// - Throws: `noSuchSnapshot`, with the names that there are.
  public func snapshot(_ wanted: String?) throws(VMStateError) -> QCOW2Snapshot {
    guard let found = table.find(wanted) else {
      let names = table.snapshots.prefix(20).map(\.name).joined(separator: ", ")
      let found = table.snapshots.isEmpty ? "no snapshot" : names
      throw VMStateError(
        .noSuchSnapshot, "the image has no such snapshot",
        expected: wanted ?? "one that holds VM state", found: found
      ).within("qcow2")
    }
    guard found.stateSize > 0 else {
      throw VMStateError(
        .noSuchSnapshot, "a snapshot of the disk alone: it holds no VM state",
        expected: "a VM-state size above 0", found: "0"
      ).within("qcow2").within(found.name)
    }
    return found
  }

  /// The VM state of a snapshot, from its first byte to the end that the table names.
  ///
  /// - Parameter ignoresSize: Up to the last mapped cluster instead, as a mapped-ram state needs.
  /// - Throws: `badContainer`, `limitExceeded`, the channel's errors.
  public func state(
    of snapshot: QCOW2Snapshot, ignoresSize: Bool = false
  ) throws(VMStateError) -> any ByteChannel {
    do throws(VMStateError) {
      var mapping = QCOW2Mapping(header, snapshot, channel)
      let start = try mapping.stateStart()
      var length = snapshot.stateSize
      // A size above the file's may come of compressed clusters. One beyond all clusters is
      // not believed: zeros without an end would follow.
      if ignoresSize || length > channel.size ?? 0 {
        let mapped = try mapping.mappedEnd(from: start) - start
        length = ignoresSize ? mapped : min(mapped, length)
      }
      return QCOW2StateChannel(channel, mapping, start: start, length: length)
    } catch {
      throw error.within("qcow2").within(snapshot.name)
    }
  }
}
