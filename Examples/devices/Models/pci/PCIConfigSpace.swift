/// The configuration space of a PCI function: its bytes and the masks that say what a guest
/// may change.
///
/// Conventional functions have 256 bytes, PCI Express ones 4096. Multi-byte registers are
/// little-endian. QEMU: `pci_default_read_config`, `pci_default_write_config`, hw/pci/pci.c.
public struct PCIConfigSpace: Sendable, Hashable {
  /// Bytes of a conventional function's space.
  public static let conventionalSize = 256
  /// Bytes of a PCI Express function's space.
  public static let expressSize = 4096

  /// The registers.
  public internal(set) var bytes: [UInt8]
  /// Bits that a guest can write.
  public internal(set) var writable: [UInt8]
  /// Bits that must agree between source and destination of a load, unless they are writable.
  public internal(set) var checked: [UInt8]
  /// Bits that a guest clears by writing one.
  public internal(set) var writeOneToClear: [UInt8]

  /// An empty space with the masks every function has.
  ///
  /// - Parameter isExpress: 4096 bytes instead of 256.
  public init(isExpress: Bool = false) {
    let size = isExpress ? Self.expressSize : Self.conventionalSize
    bytes = Array(repeating: 0, count: size)
    writable = bytes
    checked = bytes
    writeOneToClear = bytes
    setStandardMasks()
  }

  /// Number of bytes.
  public var size: Int { bytes.count }

  private mutating func setStandardMasks() {
    Self.put(0xFFFF, 2, at: PCIRegister.vendor, in: &checked)
    Self.put(0xFFFF, 2, at: PCIRegister.device, in: &checked)
    Self.put(PCIStatus.capabilityList, 2, at: PCIRegister.status, in: &checked)
    Self.put(0xFFFF_FFFF, 4, at: PCIRegister.revision, in: &checked)
    checked[PCIRegister.headerType] = 0xFF
    checked[PCIRegister.capabilities] = 0xFF
    Self.put(PCICommand.writable, 2, at: PCIRegister.command, in: &writable)
    writable[PCIRegister.cacheLineSize] = 0xFF
    writable[PCIRegister.interruptLine] = 0xFF
    for offset in PCIRegister.headerEnd..<size { writable[offset] = 0xFF }
    Self.put(PCIStatus.errors, 2, at: PCIRegister.status, in: &writeOneToClear)
  }

  private static func put(_ value: UInt32, _ count: Int, at offset: Int, in target: inout [UInt8]) {
    for index in 0..<count {
      target[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// Whether an access of 1, 2 or 4 bytes lies inside the space.
  private func contains(_ offset: Int, _ count: Int) -> Bool {
    offset >= 0 && offset < size && (1...4).contains(count) && offset + count <= size
  }

  /// What a guest reads.
  ///
  /// - Parameters:
  ///   - offset: Register offset.
  ///   - count: 1, 2 or 4 bytes.
  /// - Returns: The little-endian value; all ones outside the space.
  public func read(at offset: Int, count: Int) -> UInt32 {
    guard contains(offset, count) else { return .max }
    return (0..<count).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
  }

  /// What a guest writes: only writable bits change, and ones clear the clear-by-one bits.
  public mutating func write(_ value: UInt32, at offset: Int, count: Int) {
    guard contains(offset, count) else { return }
    for index in 0..<count {
      let byte = UInt8(truncatingIfNeeded: value >> (8 * index))
      let at = offset + index
      bytes[at] = (bytes[at] & ~writable[at]) | (byte & writable[at])
      bytes[at] &= ~(byte & writeOneToClear[at])
    }
  }

  /// What the device itself writes: no mask applies.
  ///
  /// - Parameters:
  ///   - value: Little-endian register value.
  ///   - offset: Register offset; offset and count must lie inside the space.
  ///   - count: 1 to 4 bytes.
  public mutating func set(_ value: UInt32, at offset: Int, count: Int) {
    precondition(contains(offset, count), "outside the configuration space")
    Self.put(value, count, at: offset, in: &bytes)
  }
}

extension PCIConfigSpace {
  /// Makes a base address register: the guest can write the address bits above the size, so
  /// that writing all ones and reading back tells the size.
  ///
  /// - Parameters:
  ///   - index: 0 to 5.
  ///   - size: A power of two, at least 16 (memory) or 4 (I/O).
  ///   - isIO: An I/O region.
  public mutating func registerBAR(_ index: Int, size: UInt32, isIO: Bool = false) {
    precondition((0..<6).contains(index) && size.nonzeroBitCount == 1, "not a region")
    let offset = PCIRegister.firstBAR + 4 * index
    set(isIO ? 1 : 0, at: offset, count: 4)
    Self.put(~(size - 1), 4, at: offset, in: &writable)
    Self.put(.max, 4, at: offset, in: &checked)
  }

  /// Makes the expansion ROM register.
  ///
  /// - Parameter size: A power of two, at least 2048.
  public mutating func registerROM(size: UInt32) {
    precondition(size.nonzeroBitCount == 1, "not a region")
    Self.put(~(size - 1) | 1, 4, at: PCIRegister.romAddress, in: &writable)
    Self.put(.max, 4, at: PCIRegister.romAddress, in: &checked)
  }

  /// Takes write permission from bytes that the device defines itself.
  public mutating func makeReadOnly(_ range: Range<Int>) {
    for offset in range where offset >= 0 && offset < size { writable[offset] = 0 }
  }

  /// First byte of loaded content that may not differ from this space and does, or nil.
  ///
  /// QEMU: `get_pci_config_device`, hw/pci/pci.c.
  ///
  /// - Parameter loaded: As many bytes as this space has.
  public func firstConflict(with loaded: [UInt8]) -> Int? {
    for offset in 0..<min(size, loaded.count) {
      let fixed = checked[offset] & ~writable[offset] & ~writeOneToClear[offset]
      if (loaded[offset] ^ bytes[offset]) & fixed != 0 { return offset }
    }
    return nil
  }
}
