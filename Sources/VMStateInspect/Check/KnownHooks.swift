import VMState

/// What the code behind the tables of known devices checks or changes after reading, as far as
/// a destination's answer depends on it.
///
/// QEMU: the `post_load` and `pre_load` functions of the descriptions named.
enum KnownHooks {
  /// Subsections without which a field takes a preset value, so that nothing is lost: they are
  /// sent only when the value is another one.
  static let presets: Set<String> = [
    "apic_sipi", "cpu_common/exception_index", "cpu_common/crash_occurred",
    "kvmclock/clock_is_reliable", "serial/thr_ipending", "serial/tsr", "serial/recv_fifo",
    "serial/xmit_fifo", "serial/fifo_timeout_timer", "serial/timeout_ipending", "serial/poll",
  ]

  /// Subsections that a property of the device decides about, and not its state.
  static let fixed: Set<String> = [
    "e1000/mit_state", "e1000/full_mac_state", "e1000/tx_tso_state", "piix4_pm/memhp",
    "piix4_pm/cpuhp", "ich9_pm/memhp", "ich9_pm/cpuhp", "ich9_pm/pcihp", "ich9_pm/tco",
    "fw_cfg/dma", "fw_cfg/acpi_mr", "pckbd/extended_state",
  ]

  /// Subsections with timers that exist only where instructions are counted in the same way.
  static let pointers: Set<String> = ["timer/icount/warp_timer", "timer/icount/timers"]

  /// Judges the values of one description.
  static func run(
    _ loaded: LoadedTable, _ state: DescribedState?, _ table: DescribedTable,
    _ reader: inout BodyReader
  ) {
    switch loaded.name {
    case "cpu": cpu(loaded, &reader)
    case "hpet": hpet(loaded, table, state, &reader)
    case "globalstate": globalState(loaded, &reader)
    case "i2c_bus": bus(loaded, &reader)
    case "kvm-tpr-opt": taskPriority(loaded, &reader)
    case "pckbd/extended_state": keyboard(loaded, &reader)
    case "cpu_common": interrupts(loaded, &reader)
    case "serial": serial(loaded, &reader)
    case "mc146818rtc": clock(loaded, &reader)
    case "xhci-slot": slot(loaded, &reader)
    case "ide bmdma": transfer(loaded, &reader)
    case "cirrus_vga": cirrus(&reader)
    case "ide_drive": drive(loaded, state, table, &reader)
    case "ahci port": port(loaded, &reader)
    default: break
    }
  }

  private static func cpu(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let format = loaded.unsigned("env.fpregs_format_vmstate"), format != 0 else { return }
    reader.refuse(
      .value, "floating-point registers in an old format", expected: "0", found: "\(format)",
      advice: "the stream is damaged", words: [])
  }

  private static func hpet(
    _ loaded: LoadedTable, _ table: DescribedTable, _ state: DescribedState?,
    _ reader: inout BodyReader
  ) {
    // A version without the number leaves it at 0.
    if let own = own("num_timers_save", table, state), own > 0,
      case let count = loaded.unsigned("num_timers_save") ?? 0, count != own
    {
      reader.refuse(
        .value, "the timer block has another number of timers", expected: "\(own)",
        found: "\(count)", advice: "start the destination with -global hpet.timers=\(count)",
        words: ["Input validation failed: hpet/num_timers must match"])
    }
    if let config = loaded.unsigned("config"), config & 1 != 0,
      loaded.subsection("hpet/offset") == nil
    {
      reader.lose(.value, "the timer block runs, and its offset is not in the stream")
    }
    if let count = loaded.unsigned("num_timers"), !(3...32).contains(count) {
      reader.refuse(
        .value, "the timer block has an impossible number of timers", expected: "3 to 32",
        found: "\(count)", advice: "the stream is damaged",
        words: ["Input validation failed: hpet/num_timers in range"])
    }
  }

  /// The option ROM that patches a guest's accesses is looked for where the stream says.
  private static func taskPriority(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let state = loaded.unsigned("state"), let place = loaded.unsigned("rom_state_paddr"),
      state != 0 || place != 0, !(0xC_0000..<0x10_0000).contains(place)
    else { return }
    reader.refuse(
      .value, "the option ROM cannot be at this address", expected: "0xc0000 to 0xfffff",
      found: "0x" + String(place, radix: 16), advice: "the stream is damaged", words: [])
  }

  private static func keyboard(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let flags = loaded.unsigned("migration_flags"), flags != 0 else { return }
    reader.lose(.value, "a pending timer is dropped unless the keyboard is throttled")
  }

  private static func interrupts(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let request = loaded.unsigned("interrupt_request"), request & 1 != 0 else { return }
    reader.lose(.value, "a request to leave the CPU's loop is dropped")
  }

  /// Whether the FIFO is on stands in two registers; one of them counts.
  private static func serial(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let control = loaded.unsigned("fcr_vmstate"), let identity = loaded.unsigned("iir"),
      (identity & 0xC0 == 0xC0) != (control & 1 == 1)
    else { return }
    reader.lose(.value, "the FIFO bits of the interrupt register follow fcr_vmstate")
  }

  /// The period of the periodic interrupt follows from the registers A and B.
  private static func clock(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let registers = loaded.bytes("cmos_data"), registers.count > 0x0B,
      let period = loaded.unsigned("period")
    else { return }
    var code = UInt64(registers[0x0A] & 0x0F)
    if code == 1 || code == 2 { code += 7 }
    let isOn = registers[0x0B] & 0x40 != 0 && code != 0
    guard period != (isOn ? 1 << (code - 1) : 0) else { return }
    reader.lose(.value, "the period of the interrupt is computed from the registers")
  }

  private static func slot(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard loaded.unsigned("enabled") == 0, loaded.unsigned("addressed") != 0 else { return }
    reader.lose(.value, "a slot that is not enabled loses its address")
  }

  private static func transfer(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let status = loaded.unsigned("migration_compat_status"), status & 0xF8 != 0 else {
      return
    }
    reader.lose(.value, "an error that old releases kept in the status moves to the bus")
  }

  /// The display behind ISA could not be loaded before it was repaired.
  private static func cirrus(_ reader: inout BodyReader) {
    guard reader.path == ["cirrus_vga"] else { return }
    if reader.target.release.isAtLeast(QEMURelease(10, 0)) == true { return }
    guard reader.target.release.isAtLeast(QEMURelease(8, 0)) == false else {
      return reader.doubt(
        "whether the destination's ISA display can be loaded", supply: "--qemu VERSION")
    }
    reader.refuse(
      .value, "this release cannot load a Cirrus display on the ISA bus",
      advice: "use -vga std, or a newer QEMU at the destination", words: [], aborts: true)
  }

  /// Sizes of the tables that the firmware reads: their RAM blocks take them.
  static func tableSizes(
    _ loaded: LoadedTable, _ memory: DryMemory, _ reader: inout BodyReader
  ) {
    guard let sizes = loaded.subsection("fw_cfg/acpi_mr") else { return }
    for (field, block) in [
      ("table_mr_size", "/rom@etc/acpi/tables"), ("linker_mr_size", "/rom@etc/table-loader"),
      ("rsdp_mr_size", "/rom@etc/acpi/rsdp"),
    ] {
      guard let size = sizes.unsigned(field), let place = memory.places[block] else { continue }
      if size >= UInt64(UInt32.max) {
        reader.refuse(
          .value, "\(field) is out of range", expected: "below 4 GiB", found: "\(size)",
          advice: "the stream is damaged", words: [], aborts: true)
      } else if (size + 4095) / 4096 * 4096 != memory.blocks[place].length {
        reader.lose(.value, "\(field) gives \(block) another size")
      }
    }
  }

  private static func bus(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let address = loaded.unsigned("saved_address"), address != 0xFF else { return }
    reader.lose(
      .value, "a transfer to address \(address) was under way; it goes on only if a device answers")
  }

  private static func own(
    _ name: String, _ table: DescribedTable, _ state: DescribedState?
  ) -> UInt64? {
    guard let index = table.fields.firstIndex(where: { $0.name == name }), let state,
      state.fields.indices.contains(index), case .bytes(let bytes) = state.fields[index]
    else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func globalState(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    guard let bytes = loaded.bytes("runstate") else { return }
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    guard RunState(rawValue: text) == nil else { return }
    reader.refuse(
      .value, "a run state that QEMU does not know", expected: "a known name", found: text,
      advice: "the stream is damaged", words: ["Unable to parse received runstate", "invalid"])
  }
}
