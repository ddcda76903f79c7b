import VMState

/// Configuration space on the wire: its bytes, which must agree with the destination's in
/// every checked bit.
///
/// QEMU: `vmstate_info_pci_config`, hw/pci/pci.c.
struct PCIConfigCodec: FieldCodec {
  var typeName: String { "pci config" }

  func encode(
    _ value: PCIConfigSpace, to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    writer.put(bytes: value.bytes)
  }

  func decode(
    into value: inout PCIConfigSpace, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    let start = reader.position
    let loaded = try reader.getBytes(value.size, limit: PCIConfigSpace.expressSize)
    if let offset = value.firstConflict(with: loaded) {
      throw VMStateError(
        .valueMismatch, "the PCI configuration differs at register 0x\(String(offset, radix: 16))",
        offset: start + UInt64(offset), expected: "0x\(String(value.bytes[offset], radix: 16))",
        found: "0x\(String(loaded[offset], radix: 16))")
    }
    value.bytes = loaded
  }
}

/// Interrupt levels on the wire: four be32 words, each 0 or 1.
///
/// QEMU: `vmstate_info_pci_irq_state`, hw/pci/pci.c.
struct PCIIRQStateCodec: FieldCodec {
  var typeName: String { "pci irq state" }

  func encode(
    _ value: UInt8, to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    for pin in 0..<4 { writer.put(UInt32(value >> UInt8(pin) & 1)) }
  }

  func decode(
    into value: inout UInt8, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    var levels: UInt8 = 0
    for pin in 0..<4 {
      let offset = reader.position
      let level = try reader.get(UInt32.self)
      guard level <= 1 else {
        throw VMStateError(
          .valueOutOfRange, "the level of interrupt pin \(pin) is no level", offset: offset,
          expected: "0 or 1", found: "\(level)")
      }
      levels |= UInt8(level) << UInt8(pin)
    }
    value = levels
  }
}
