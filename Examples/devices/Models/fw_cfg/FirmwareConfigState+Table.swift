import VMState
import VMStateDSL

extension FirmwareConfigState {
  /// QEMU: `vmstate_fw_cfg`, hw/nvram/fw_cfg.c.
  public static let vmstate = VMStateDescription<FirmwareConfigState>(
    "fw_cfg", version: 2, minimum: 1
  ) {
    Field("cur_entry", \.currentEntry)
    Custom("cur_offset", \.currentOffset, NarrowOffsetCodec()).when { _, version in version == 1 }
    Field("cur_offset", \.currentOffset).since(2)
    Local(\.isDMAEnabled)
    Local(\.sendsACPISizes)
    Local(\.hostPageSize)
  }
  .subsection("fw_cfg/dma", needed: \.isDMAEnabled) {
    Field("dma_addr", \.dmaAddress)
  }
  .subsection(acpiSizes)

  private static let acpiSizes = VMStateDescription<FirmwareConfigState>(
    "fw_cfg/acpi_mr", version: 1, minimum: 1
  ) {
    Field("table_mr_size", \.tableSize)
    Field("linker_mr_size", \.linkerSize)
    Field("rsdp_mr_size", \.rsdpSize)
  }
  .needed { $0.sendsACPISizes && $0.hasUnalignedACPISize }
  .postLoad { state, _ in
    let largest = max(state.tableSize, state.linkerSize, state.rsdpSize)
    guard largest <= maximumACPISize else {
      throw VMStateError(
        .valueOutOfRange, "an ACPI file is too large", expected: "at most \(maximumACPISize) bytes",
        found: "\(largest)")
    }
  }
}

/// The offset as version 1 sent it: be16.
///
/// QEMU: `vmstate_hack_uint32_as_uint16`, hw/nvram/fw_cfg.c.
private struct NarrowOffsetCodec: FieldCodec {
  var typeName: String { "int32_as_uint16" }

  func encode(
    _ value: UInt32, to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    guard let narrow = UInt16(exactly: value) else {
      throw VMStateError(
        .valueOutOfRange, "the offset does not fit version 1", expected: "at most 65535",
        found: "\(value)")
    }
    writer.put(narrow)
  }

  func decode(
    into value: inout UInt32, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    value = UInt32(try reader.get(UInt16.self))
  }
}
