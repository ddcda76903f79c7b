import VMState

extension DryRun {
  /// The block list against the destination's.
  ///
  /// QEMU: `parse_ramblocks`, migration/ram.c.
  mutating func readList(_ total: UInt64, _ header: DryHeader) throws(Halt) {
    memory.wasListed = true
    var left = total
    while left > 0 {
      guard memory.blocks.count < 1 << 16 else { throw .stopped }
      let offset = cursor.position
      let (bytes, length) = try reading(["ram"]) { cursor throws(VMStateError) in
        (try cursor.countedBytes(), try cursor.integer(UInt64.self))
      }
      let name = String(decoding: bytes, as: UTF8.self)
      try judgeBlock(name, length, offset)
      if memory.hasRegionOffsets { try readRegionOffset(name, offset) }
      guard length <= left, length > 0 || name.isEmpty == false else { throw .stopped }
      left -= length
    }
  }

  private mutating func judgeBlock(
    _ name: String, _ length: UInt64, _ offset: UInt64
  ) throws(Halt) {
    if memory.places[name] == nil {
      memory.blocks.append(
        DryMemory.Block(name: name, length: length, isElsewhere: isElsewhere(name)))
      memory.places[name] = memory.blocks.count - 1
    }
    guard let blocks = target.blocks, target.knowsEntries || blocks[name] != nil else {
      return doubt(
        ["ram", name], "whether the destination has this RAM block, and its size",
        supply: "a stream saved by the destination, or --ram BLOCK=BYTES")
    }
    guard let local = blocks[name] else {
      return refuse(
        .ramBlock, ["ram", name], "the destination has no such RAM block", at: offset,
        expected: blocks.keys.sorted().joined(separator: ", "), found: "\(name), \(length) bytes",
        advice: Self.advice(name),
        words: ["Unknown ramblock \"\(name)\", cannot accept migration"])
    }
    guard local.length != length else { return }
    judgeSize(name, length, local.length, offset)
  }

  /// Shared memory does not travel with `x-ignore-shared`.
  private func isElsewhere(_ name: String) -> Bool { memory.hasRegionOffsets }

  private mutating func judgeSize(
    _ name: String, _ length: UInt64, _ local: UInt64, _ offset: UInt64
  ) {
    let pages = UInt64(target.pageSize)
    let (wanted, overflow) = length.addingReportingOverflow(pages - 1)
    let rounded = overflow ? length : wanted / pages * pages
    guard rounded != local else { return }
    let (sent, mine) = (String(rounded, radix: 16), String(local, radix: 16))
    if let most = KnownBlocks.largest(name) {
      guard rounded > most else {
        if let place = memory.places[name] { memory.blocks[place].length = rounded }
        return
      }
      return refuse(
        .ramBlock, ["ram", name], "the RAM block is larger than it can become", at: offset,
        expected: "at most \(most) bytes", found: "\(length) bytes",
        advice: "give both sides the same devices",
        words: ["Size too large: \(name): 0x\(sent) > 0x\(String(most, radix: 16))"])
    }
    refuse(
      .ramBlock, ["ram", name], "the RAM block has another size", at: offset,
      expected: "\(local) bytes", found: "\(length) bytes", advice: Self.sizeAdvice(name, length),
      words: ["Size mismatch: \(name): 0x\(sent) != 0x\(mine)"])
  }

  private static func advice(_ name: String) -> String {
    if name.hasSuffix(".rom") {
      return "give the destination this device with its ROM, at the same place"
    }
    return "give the destination the device or memory backend that owns this block"
  }

  private static func sizeAdvice(_ name: String, _ length: UInt64) -> String {
    if name.hasSuffix(".rom") || name == "pc.bios" || name == "pc.rom" {
      return "use the source's ROM files at the destination (romfile=, -bios)"
    }
    if name == "pc.ram" || name == "ram" { return "start the destination with -m \(length >> 20)M" }
    return "give the destination's device the source's memory size"
  }

  private mutating func readRegionOffset(_ name: String, _ offset: UInt64) throws(Halt) {
    let received = try reading(["ram"]) { cursor throws(VMStateError) in
      try cursor.integer(UInt64.self)
    }
    guard let local = target.blocks?[name]?.regionOffset, local != received,
      KnownBlocks.isGuest(name)
    else { return }
    refuse(
      .ramBlock, ["ram", name], "the RAM block lies elsewhere", at: offset,
      expected: "0x" + String(local, radix: 16), found: "0x" + String(received, radix: 16),
      advice: "give both sides the same memory layout",
      words: ["Mismatched GPAs for block \(name)"])
  }

  /// The pages of a mapped-ram file stand behind each entry of the list, at fixed places.
  ///
  /// QEMU: `parse_ramblock_mapped_ram`, migration/ram.c.
  mutating func readMapped(_ header: DryHeader) throws(Halt) {
    let word = try reading(["ram"]) { cursor throws(VMStateError) in
      try cursor.integer(UInt64.self)
    }
    var left = word & ~UInt64(target.pageSize - 1)
    while left > 0 {
      let offset = cursor.position
      let (bytes, length) = try reading(["ram"]) { cursor throws(VMStateError) in
        (try cursor.countedBytes(), try cursor.integer(UInt64.self))
      }
      let name = String(decoding: bytes, as: UTF8.self)
      if target.blocks != nil, target.blocks?[name] == nil { try judgeBlock(name, length, offset) }
      // Version, page size, offset of the bitmap, offset of the pages.
      let pages = try reading(["ram", name]) { cursor throws(VMStateError) in
        _ = try cursor.integer(UInt32.self)
        _ = try cursor.integer(UInt64.self)
        _ = try cursor.integer(UInt64.self)
        return try cursor.integer(UInt64.self)
      }
      let (end, overflow) = pages.addingReportingOverflow(length)
      guard !overflow, length > 0, length <= left else { throw .stopped }
      cursor.position = end
      left -= length
    }
    while try reading(
      ["ram"],
      { cursor throws(VMStateError) in
        try cursor.integer(UInt64.self)
      }) != RAMRecordFlags.endOfSection.rawValue
    {}
  }
}
