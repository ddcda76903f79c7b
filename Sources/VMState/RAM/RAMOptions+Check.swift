extension RAMOptions {
  /// Forms of the stream that exclude each other.
  ///
  /// QEMU: `migrate_caps_check`, migration/options.c.
  private static let exclusive: [(String, String)] = [
    ("mapped-ram", "xbzrle"), ("mapped-ram", "compress"), ("mapped-ram", "postcopy-ram"),
    ("mapped-ram", "x-ignore-shared"), ("multifd", "xbzrle"), ("multifd", "compress"),
    ("postcopy-ram", "compress"), ("background-snapshot", "xbzrle"),
    ("background-snapshot", "compress"),
  ]

  /// Refuses capabilities that cannot be on together, or that the generation does not know.
  ///
  /// - Throws: `configurationMismatch`, `unsupported`.
  static func check(
    _ capabilities: Set<String>, _ profile: StreamProfile
  ) throws(VMStateError) {
    for (first, second) in exclusive
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
