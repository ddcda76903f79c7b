import VMState

extension DryRun {
  /// One `dirty-bitmap` section.
  ///
  /// QEMU: `dirty_bitmap_load`, migration/block-dirty-bitmap.c.
  mutating func readDirtyBitmaps(_ header: DryHeader) throws(Halt) {
    var flags: UInt8 = 0
    repeat {
      flags = try reading(["dirty-bitmap"]) { cursor throws(VMStateError) in
        try Self.passChunk(&cursor)
      }
      if flags & 0x70 != 0 {
        doubt(
          ["dirty-bitmap"], "whether the destination has the bitmap's disk",
          supply: "the load itself; no file shows it")
      }
    } while flags & 1 == 0
  }

  private static func passChunk(_ cursor: inout ByteCursor) throws(VMStateError) -> UInt8 {
    var flags = try cursor.byte()
    if flags & 0x80 != 0 {
      flags = try cursor.byte()
      if flags & 0x80 != 0 {
        _ = try cursor.byte()
        flags = try cursor.byte()
      }
    }
    if flags & 0x08 != 0 { _ = try cursor.countedBytes() }
    if flags & 0x04 != 0 { _ = try cursor.countedBytes() }
    if flags & 0x10 != 0 {
      try cursor.skip(5)
    } else if flags & 0x60 == 0x40 {
      try cursor.skip(12)
      if flags & 0x02 == 0 { try cursor.skip(try cursor.integer(UInt64.self)) }
    }
    return flags
  }
}
