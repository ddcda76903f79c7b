import VMState

/// A PCI device's configuration space: header, address ranges, capabilities. All numbers in
/// it are little endian.
///
/// PCI Local Bus Specification 3.0, chapter 6.
enum PCIConfigBlob {
  private typealias Entry = DecodedBlob.Entry

  static func decode(_ config: [UInt8]) -> DecodedBlob? {
    guard config.count == 256 || config.count == 4096 else { return nil }
    let layout = config[0x0e] & 0x7f
    var entries: [Entry] = [
      .hex("vendor", config.littleEndian(0, 2), digits: 4),
      .hex("device", config.littleEndian(2, 2), digits: 4),
      .bits("command", config.littleEndian(4, 2)) { commandBits[$0] },
      .bits("status", config.littleEndian(6, 2)) { statusBits[$0] },
      .hex("revision", UInt64(config[8]), digits: 2),
      .hex("class", config.littleEndian(9, 3), digits: 6),
      .number("header type", UInt64(layout)),
    ]
    let ranges = ranges(config, count: layout == 0 ? 6 : layout == 1 ? 2 : 0)
    if !ranges.isEmpty { entries.append(Entry("ranges", parts: ranges)) }
    if layout == 0 {
      entries.append(.hex("subsystem vendor", config.littleEndian(0x2c, 2), digits: 4))
      entries.append(.hex("subsystem", config.littleEndian(0x2e, 2), digits: 4))
    }
    if layout == 1 { entries.append(bridge(config)) }
    entries.append(.number("interrupt line", UInt64(config[0x3c])))
    entries.append(.number("interrupt pin", UInt64(config[0x3d])))
    let capabilities = PCIConfigFacts.capabilities(config).map {
      capability($0.id, $0.offset, config)
    }
    if !capabilities.isEmpty { entries.append(Entry("capabilities", parts: capabilities)) }
    return DecodedBlob(title: "PCI configuration space", entries: entries)
  }

  private static let commandBits: [Int: String] = [
    0: "I/O space", 1: "memory space", 2: "bus master", 3: "special cycles",
    4: "memory write and invalidate", 5: "VGA palette snoop", 6: "parity error response",
    8: "SERR#", 9: "fast back-to-back", 10: "interrupt disable",
  ]

  private static let statusBits: [Int: String] = [
    3: "interrupt", 4: "capabilities", 5: "66 MHz", 7: "fast back-to-back",
    8: "master data parity error", 11: "signaled target abort", 12: "received target abort",
    13: "received master abort", 14: "signaled system error", 15: "detected parity error",
  ]

  private static func bridge(_ config: [UInt8]) -> Entry {
    Entry(
      "buses",
      parts: [
        .number("primary", UInt64(config[0x18])), .number("secondary", UInt64(config[0x19])),
        .number("subordinate", UInt64(config[0x1a])),
      ])
  }

  /// Base address registers that are in use; a 64-bit one takes two.
  private static func ranges(_ config: [UInt8], count: Int) -> [Entry] {
    var entries: [Entry] = []
    var index = 0
    while index < count {
      let offset = 0x10 + 4 * index
      let word = config.littleEndian(offset, 4)
      let isWide = word & 7 == 4 && index + 1 < count
      let value = isWide ? config.littleEndian(offset, 8) : word
      if value != 0 { entries.append(range(index, value)) }
      index += isWide ? 2 : 1
    }
    return entries
  }

  private static func range(_ index: Int, _ value: UInt64) -> Entry {
    let isIO = value & 1 == 1
    let base = value & ~(isIO ? 3 : 15)
    let width = value & 6 == 4 ? "64-bit" : "32-bit"
    let kind = isIO ? "I/O" : width + (value & 8 != 0 ? " prefetchable" : "") + " memory"
    return Entry(
      "BAR \(index)", "\(kind) at 0x\(String(base, radix: 16))",
      .object([
        .init(key: "kind", value: .string(kind)), .init(key: "base", value: .integer(base)),
      ]))
  }

  private static let capabilityNames: [Int: String] = [
    0x01: "power management", 0x02: "AGP", 0x03: "vital product data",
    0x04: "slot identification", 0x05: "MSI", 0x07: "PCI-X", 0x09: "vendor specific",
    0x0c: "hot-plug", 0x0d: "bridge subsystem", 0x10: "PCI Express", 0x11: "MSI-X",
    0x12: "SATA", 0x13: "advanced features",
  ]

  private static func capability(_ id: Int, _ offset: Int, _ config: [UInt8]) -> Entry {
    let name = capabilityNames[id] ?? "0x" + String(id, radix: 16)
    var parts: [Entry] = [.hex("id", UInt64(id), digits: 2)]
    let control = config.littleEndian(offset + 2, 2)
    switch id {
    case 0x05:
      parts.append(flag("enabled", control & 1 == 1))
      parts.append(.number("vectors", 1 << (control >> 4 & 7)))
    case 0x11:
      parts.append(flag("enabled", control >> 15 == 1))
      parts.append(flag("masked", control >> 14 & 1 == 1))
      parts.append(.number("vectors", control & 0x7ff + 1))
    case 0x01: parts.append(.number("power state", config.littleEndian(offset + 4, 2) & 3))
    default: break
    }
    return Entry("0x\(String(offset, radix: 16))", name, parts: parts)
  }

  private static func flag(_ name: String, _ value: Bool) -> Entry {
    Entry(name, value ? "yes" : "no", .bool(value))
  }
}
