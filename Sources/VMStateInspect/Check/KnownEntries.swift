/// Entries that QEMU registers and does not always send, so that a stream of the destination
/// need not show them.
enum KnownEntries {
  /// Those that stand beside the shown ones and were not sent.
  static func unsent(
    beside shown: [TargetEntry], _ machine: String?, _ release: ReleaseRange
  ) -> [TargetEntry] {
    func has(_ name: String) -> Bool {
      shown.contains { $0.idstr == name || $0.idstr.hasSuffix("/" + name) }
    }
    var entries: [TargetEntry] = []
    if !has("globalstate") { entries.append(TargetEntry("globalstate", 0, .unknown, .unsent)) }
    if !has("dirty-bitmap") {
      entries.append(TargetEntry("dirty-bitmap", 0, .dirtyBitmap, .unsent))
    }
    if release.isAtLeast(QEMURelease(9, 1)) != true, !has("block") {
      entries.append(TargetEntry("block", 0, .disks, .unsent))
    }
    if has("i8254"), !has("pcspk") { entries.append(TargetEntry("pcspk", 0, .unknown, .unsent)) }
    if has("PCIBUS"), !has("PCIHost") {
      entries.append(TargetEntry("PCIHost", 0, .unknown, .unsent))
    }
    if has("i2c_bus"), !has("smbus-eeprom") {
      entries += (0..<8).map { TargetEntry("smbus-eeprom", $0, .unknown, .unsent) }
    }
    return entries
  }
}
