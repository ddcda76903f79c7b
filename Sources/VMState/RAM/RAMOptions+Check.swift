extension RAMOptions {
  /// Forms of the stream that exclude each other.
  ///
  /// QEMU: `migrate_caps_check`, migration/options.c.
  private static let exclusive: [(String, String)] = [
    ("mapped-ram", "xbzrle"), ("mapped-ram", "compress"), ("mapped-ram", "postcopy-ram"),
    ("mapped-ram", "x-ignore-shared"), ("multifd", "xbzrle"), ("multifd", "compress"),
    ("postcopy-ram", "compress"),
  ]

  /// What a background snapshot excludes: for one thing, it never returns to a page. (QEMU's
  /// list leaves `mapped-ram` out, and writes a file without its bitmaps then.)
  private static let besidesBackground = [
    "postcopy-ram", "dirty-bitmaps", "postcopy-blocktime", "late-block-activate", "return-path",
    "multifd", "pause-before-switchover", "auto-converge", "release-ram", "rdma-pin-all",
    "compress", "xbzrle", "x-colo", "validate-uuid", "zero-copy-send", "mapped-ram",
  ]

  private static var pairs: [(String, String)] {
    exclusive + besidesBackground.map { ("background-snapshot", $0) }
  }

  /// Refuses capabilities that cannot be on together, or that the generation does not know.
  ///
  /// - Throws: `configurationMismatch`, `unsupported`.
  static func check(
    _ capabilities: Set<String>, _ profile: StreamProfile
  ) throws(VMStateError) {
    for (first, second) in pairs
    where capabilities.contains(first) && capabilities.contains(second) {
      throw VMStateError(
        .configurationMismatch, "the capabilities \(first) and \(second) exclude each other")
    }
    if capabilities.contains("compress"), !profile.compressedPages {
      throw unknown("compress", profile)
    }
    if capabilities.contains("mapped-ram"), !profile.mappedRAM {
      throw unknown("mapped-ram", profile)
    }
  }

  private static func unknown(_ name: String, _ profile: StreamProfile) -> VMStateError {
    VMStateError(
      .unsupported, "streams of \(profile.name) do not have the capability \(name)")
  }
}
