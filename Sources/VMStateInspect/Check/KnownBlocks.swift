/// RAM blocks whose size may change when a stream is loaded.
///
/// QEMU: `acpi_add_rom_blob`, hw/acpi/utils.c.
enum KnownBlocks {
  /// The largest size of a block that can be resized, or nil for a fixed one.
  static func largest(_ name: String) -> UInt64? {
    switch name {
    case "/rom@etc/acpi/tables": 0x20_0000
    case "/rom@etc/table-loader": 0x1_0000
    case "/rom@etc/acpi/rsdp": 0x1000
    default: nil
    }
  }

  /// A block of guest memory, as opposed to ROM.
  static func isGuest(_ name: String) -> Bool { !name.hasSuffix(".rom") && name != "pc.bios" }
}
