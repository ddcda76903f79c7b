/// The migration capabilities of QEMU's releases.
///
/// QEMU: `MigrationCapability`, qapi/migration.json.
enum KnownCapabilities {
  // In 7.2 and later, unless said otherwise below.
  private static let always: Set<String> = [
    "xbzrle", "rdma-pin-all", "auto-converge", "events", "postcopy-ram", "x-colo", "release-ram",
    "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps", "postcopy-blocktime",
    "late-block-activate", "x-ignore-shared", "validate-uuid", "background-snapshot",
    "zero-copy-send", "postcopy-preempt",
  ]
  private static let since: [String: QEMURelease] = [
    "switchover-ack": QEMURelease(8, 1), "dirty-limit": QEMURelease(8, 1),
    "mapped-ram": QEMURelease(9, 0),
  ]
  private static let until: [String: QEMURelease] = [
    "compress": QEMURelease(9, 1), "block": QEMURelease(9, 1),
  ]

  /// Whether a release knows a capability; nil where the release is not known well enough.
  static func isKnown(_ name: String, _ release: ReleaseRange) -> Bool? {
    if always.contains(name) || name == "zero-blocks" { return true }
    if let first = since[name] { return release.isAtLeast(first) }
    if let last = until[name] { return release.isAtLeast(last).map { !$0 } }
    return false
  }

  /// The capabilities that source and destination have to agree about, in QEMU's order.
  static func compared(_ release: ReleaseRange) -> [String] {
    release.isAtLeast(QEMURelease(9, 0)) == false
      ? ["x-ignore-shared"] : ["x-ignore-shared", "mapped-ram"]
  }
}
