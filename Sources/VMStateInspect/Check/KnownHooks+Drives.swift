import VMState

extension KnownHooks {
  /// What stands behind an IDE drive's registers.
  private enum DriveKind: String {
    case none = "no drive"
    case disk = "a hard disk"
    case optical = "a CD drive"
  }

  /// Nobody compares the kind of a drive; the registers of one are loaded into the other.
  static func drive(
    _ loaded: LoadedTable, _ state: DescribedState?, _ table: DescribedTable,
    _ reader: inout BodyReader
  ) {
    guard let state, let sent = kind(loaded), let own = kind(values(table, state)), sent != own
    else { return }
    reader.lose(
      .value, "the source has \(sent.rawValue) here, the destination \(own.rawValue)",
      isShown: false)
  }

  /// By the answer to IDENTIFY, once a guest has asked; else by the signature after a reset.
  private static func kind(_ loaded: LoadedTable) -> DriveKind? {
    if loaded.unsigned("identify_set") != 0, let data = loaded.bytes("identify_data"),
      data.count == 512
    {
      return data[1] & 0x80 == 0 ? .disk : .optical
    }
    switch (loaded.unsigned("lcyl"), loaded.unsigned("hcyl")) {
    case (0x14, 0xEB): return .optical
    case (0, 0): return .disk
    case (0xFF, 0xFF): return DriveKind.none
    default: return nil
    }
  }

  /// The destination's values by name.
  private static func values(_ table: DescribedTable, _ state: DescribedState) -> LoadedTable {
    var loaded = LoadedTable(name: table.name)
    for (field, value) in zip(table.fields, state.fields) {
      guard case .bytes(let bytes) = value else { continue }
      loaded.fields.append(.init(name: field.name, value: .bytes(bytes)))
    }
    return loaded
  }
}
