import VMState

/// The contents of disks, which the releases before 9.1 could send.
///
/// QEMU: `block_load`, migration/block.c.
extension DryRun {
  private static let chunkBytes: UInt64 = 1 << 20

  /// One `block` section.
  mutating func readDisks(_ header: DryHeader) throws(Halt) {
    if header.kind == .start, target.release.isAtLeast(QEMURelease(9, 1)) == nil {
      doubt(
        ["block"], "whether the destination's QEMU still reads the contents of disks",
        supply: "--qemu VERSION")
    }
    while try readDiskRecord(header) {}
  }

  /// One record; false behind the last one of a section.
  private mutating func readDiskRecord(_ header: DryHeader) throws(Halt) -> Bool {
    let offset = cursor.position
    let flags = try reading(["block"]) { cursor throws(VMStateError) in
      try cursor.integer(UInt64.self) & 0x1FF
    }
    if flags & 0x01 != 0 {
      try readChunk(isZero: flags & 0x08 != 0)
    } else if flags & 0x06 == 0 {
      refuse(
        .value, ["block"], "a record of a disk with unknown flags", at: offset,
        expected: "1, 2, 4 or 9", found: "\(flags)", advice: "the stream is damaged here",
        words: ["Unknown block migration flags: 0x" + String(flags, radix: 16)])
      throw .stopped
    }
    return flags & 0x02 == 0
  }

  private mutating func readChunk(isZero: Bool) throws(Halt) {
    let name = try reading(["block"]) { cursor throws(VMStateError) in try cursor.countedBytes() }
    doubt(
      ["block", String(decoding: name, as: UTF8.self)],
      "whether the destination has this disk, as large as the source's",
      supply: "the load itself; no file shows it")
    guard !isZero else { return }
    try reading(["block"]) { cursor throws(VMStateError) in try cursor.skip(Self.chunkBytes) }
  }
}
