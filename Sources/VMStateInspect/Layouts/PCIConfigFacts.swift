import VMState

/// What a device's config space tells of the fields around it: its own length, and the number
/// of MSI-X vectors. Only likely, since not every bit is what the device began with.
struct PCIConfigFacts {
  private var values: [String: Int] = [:]

  /// What is likely for a property of the machine.
  func proposal(for name: String) -> Int? { values[name] }

  /// Looks at the config space that follows, once.
  mutating func look(ahead reader: inout StreamReader) throws(VMStateError) {
    guard values.isEmpty else { return }
    let config = Array(try reader.peek(256))
    guard config.count == 256 else { return }
    values["cfg.pcie"] = 0
    values["cfg.msix"] = 0
    for (id, offset) in Self.capabilities(config) {
      switch id {
      case 0x10: values["cfg.pcie"] = 1
      case 0x11 where offset + 4 <= config.count:
        let control = Int(config[offset + 2]) | Int(config[offset + 3]) << 8
        values["cfg.msix"] = control & 0x7ff + 1
      default: break
      }
    }
  }

  /// Ids and offsets of the list of capabilities, in its order.
  static func capabilities(_ config: [UInt8]) -> [(id: Int, offset: Int)] {
    guard config.count >= 256, config[6] & 0x10 != 0 else { return [] }
    var found: [(Int, Int)] = []
    var offset = Int(config[0x34]) & ~3
    // 48 capabilities fit; a list that bites its tail ends there.
    while offset >= 0x40, found.count < 48 {
      found.append((Int(config[offset]), offset))
      offset = Int(config[offset + 1]) & ~3
    }
    return found
  }
}
