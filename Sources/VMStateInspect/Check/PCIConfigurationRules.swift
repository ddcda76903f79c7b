/// Which bits of a PCI configuration space have to agree between source and destination, as
/// far as they follow from the standard and the space's own content: QEMU compares a bit that
/// is checked and that the guest cannot write.
///
/// QEMU: `get_pci_config_device`, `pci_init_cmask`, `pci_add_capability`, hw/pci/pci.c.
enum PCIConfigurationRules {
  /// A byte that differs: its place, what was received, and what the destination has.
  struct Difference: Equatable {
    var offset: Int
    var received: UInt8
    var local: UInt8
  }

  /// The first byte, in the order of comparison, that makes QEMU refuse the space.
  ///
  /// Whether a base address that reads zero is there does not show. Where all else agrees the
  /// devices are alike, and those that the source used are there, too.
  static func difference(_ received: [UInt8], _ local: [UInt8]) -> Difference? {
    difference(received, local, checked(local))
      ?? difference(received, local, checked(local, received))
  }

  private static func difference(
    _ received: [UInt8], _ local: [UInt8], _ mask: [UInt8]
  ) -> Difference? {
    for offset in 0..<min(received.count, local.count)
    where (received[offset] ^ local[offset]) & mask[offset] != 0 {
      return Difference(offset: offset, received: received[offset], local: local[offset])
    }
    return nil
  }

  /// The bits that are compared.
  ///
  /// - Parameter received: The source's space, which shows the base addresses that are in use.
  static func checked(_ local: [UInt8], _ received: [UInt8]? = nil) -> [UInt8] {
    var mask = [UInt8](repeating: 0, count: local.count)
    guard local.count >= 64, received?.count ?? 64 >= 64 else { return mask }
    // Vendor, device, revision, class.
    for offset in [0, 1, 2, 3, 8, 9, 10, 11, 0x0E, 0x34] { mask[offset] = 0xFF }
    mask[6] = 0x10
    maskBARs(local, received, &mask)
    maskCapabilities(local, &mask)
    return mask
  }

  /// The low bits of a base address say what kind it is; those up to its size are fixed, too,
  /// but a space that was not set up does not show the size. One of zeros may be absent, and
  /// then nothing of it is compared: it is there if MSI-X lies in it, or if the source used it.
  private static func maskBARs(_ local: [UInt8], _ received: [UInt8]?, _ mask: inout [UInt8]) {
    let count = local[0x0E] & 0x7F == 0 ? 6 : 2
    var used = Set<Int>()
    if let place = capability(0x11, local), place + 8 < local.count {
      used = [Int(local[place + 4] & 7), Int(local[place + 8] & 7)]
    }
    var bar = 0
    while bar < count {
      let offset = 0x10 + 4 * bar
      let isThere =
        local[offset] & 0x0F != 0 || used.contains(bar)
        || received?[offset + 1...offset + 3].contains { $0 != 0 } == true
      if isThere { mask[offset] = local[offset] & 1 == 1 ? 0x03 : 0x0F }
      bar += local[offset] & 0x07 == 0x04 ? 2 : 1
    }
  }

  /// Where a capability stands, or nil.
  static func capability(_ kind: UInt8, _ space: [UInt8]) -> Int? {
    guard space.count >= 64, space[6] & 0x10 != 0 else { return nil }
    var place = Int(space[0x34])
    var seen = Set<Int>()
    while place >= 0x40, place + 3 < min(space.count, 256), seen.insert(place).inserted {
      if space[place] == kind { return place }
      place = Int(space[place + 1])
    }
    return nil
  }

  /// Capabilities are read-only but for a few registers of each kind.
  private static func maskCapabilities(_ local: [UInt8], _ mask: inout [UInt8]) {
    guard local[6] & 0x10 != 0 else { return }
    var place = Int(local[0x34])
    var seen = Set<Int>()
    while place >= 0x40, place + 1 < min(local.count, 256), seen.insert(place).inserted {
      mask[place] = 0xFF
      mask[place + 1] = 0xFF
      for (first, bits) in registers(local[place], at: place, local)
      where place + first < mask.count {
        mask[place + first] = bits
      }
      place = Int(local[place + 1])
    }
  }

  /// Read-only bits of a capability behind its first two bytes, by offset.
  private static func registers(
    _ kind: UInt8, at place: Int, _ local: [UInt8]
  ) -> [(Int, UInt8)] {
    switch kind {
    case 0x01: return [(2, 0xFF), (3, 0xFF)]
    case 0x05: return [(2, 0x8E), (3, 0x01)]
    case 0x0D: return (4..<8).map { ($0, 0xFF) }
    case 0x10: return (2..<8).map { ($0, 0xFF) } + (12..<16).map { ($0, 0xFF) }
    case 0x11: return [(2, 0xFF), (3, 0x3F)] + (4..<12).map { ($0, 0xFF) }
    case 0x09:
      guard place + 3 < local.count, local[place + 3] != 5 else { return [(2, 0xFF), (3, 0xFF)] }
      let length = min(Int(local[place + 2]), 20)
      return length > 2 ? (2..<length).map { ($0, 0xFF) } : []
    default: return []
    }
  }
}

extension BodyReader {
  /// A PCI configuration space against the destination's.
  mutating func judgeConfiguration(
    _ bytes: [UInt8], _ local: [UInt8]?, _ offset: UInt64, _ words: [String]
  ) {
    guard let local, local.count == bytes.count else {
      return doubt(
        "the destination's PCI configuration space", supply: "a stream saved by the destination")
    }
    guard let first = PCIConfigurationRules.difference(bytes, local) else { return }
    let place = String(first.offset, radix: 16)
    let (received, mine) = (String(first.received, radix: 16), String(first.local, radix: 16))
    refuse(
      .pciConfiguration, "byte 0x\(place) (\(Self.register(first.offset))) has to agree",
      at: offset + UInt64(first.offset), expected: "0x\(mine)", found: "0x\(received)",
      advice: "give the destination the same device with the same properties and version",
      words: ["Bad config data: i=0x\(place) read: \(received) device: \(mine) cmask:"])
  }

  private static func register(_ offset: Int) -> String {
    switch offset {
    case 0, 1: "vendor"
    case 2, 3: "device"
    case 6: "status: whether there are capabilities"
    case 8: "revision"
    case 9...11: "class"
    case 0x0E: "header type"
    case 0x10..<0x28: "base address"
    case 0x34: "first capability"
    case 0x40...: "capability"
    default: "header"
    }
  }
}
