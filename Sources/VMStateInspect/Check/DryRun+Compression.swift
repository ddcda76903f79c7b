import VMState

/// Pages that the releases before 9.1 could compress.
extension DryRun {
  /// What the destination makes of compressed pages.
  enum Compression {
    /// It reads them.
    case accepted
    /// It knows them, and its capability is off.
    case switchedOff
    /// Its release has no such pages.
    case unheardOf
    /// That is not known.
    case untold
  }

  var compression: Compression {
    let hasNone = target.release.isAtLeast(QEMURelease(9, 1))
    if hasNone == true { return .unheardOf }
    guard let isOn = target.has("compress"), hasNone == false else { return .untold }
    return isOn ? .accepted : .switchedOff
  }

  /// Compressed pages are pages for those releases only that know them.
  var pageKinds: RAMRecordFlags {
    compression == .unheardOf ? [.zero, .page, .xbzrle] : RAMRecordFlags.pageKinds
  }

  /// What a release that knows compressed pages asks before it reads one.
  mutating func judgeCompression(
    _ flags: RAMRecordFlags, _ offset: UInt64, _ header: DryHeader
  ) throws(Halt) {
    guard flags.contains(.compressPage) else { return }
    switch compression {
    case .accepted, .unheardOf: break
    case .switchedOff:
      refuse(
        .ramRecord, ["ram"], "a compressed page, and the destination's capability compress is off",
        at: offset, advice: "switch the capability compress on at the destination",
        words: ["Received an unexpected compressed page"])
      throw .stopped
    case .untold:
      doubt(
        ["ram"], "whether the destination reads compressed pages",
        supply: "--qemu VERSION, and --capability compress or --capability compress=off")
      throw .stopped
    }
  }

  mutating func readCompressed(_ offset: UInt64, _ header: DryHeader) throws(Halt) {
    let length = try reading(["ram"]) { cursor throws(VMStateError) in
      try cursor.integer(UInt32.self)
    }
    // What zlib needs at most for a page.
    let most = UInt32(pageSize.bytes + pageSize.bytes >> 12 + pageSize.bytes >> 14 + 13)
    guard length <= most else {
      return try refuseRecord(
        "a compressed page that is too long", offset, header, expected: "at most \(most)",
        found: "\(length)", words: ["Invalid compressed data length: \(length)"])
    }
    try skip(UInt64(length))
  }
}
