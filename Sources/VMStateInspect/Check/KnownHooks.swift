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

  /// Judges the values of one description.
  static func run(
    _ loaded: LoadedTable, _ state: DescribedState?, _ table: DescribedTable,
    _ reader: inout BodyReader
  ) {
    switch loaded.name {
    case "cpu": cpu(loaded, &reader)
    case "hpet": hpet(loaded, table, state, &reader)
    case "globalstate": globalState(loaded, &reader)
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
    if let count = loaded.unsigned("num_timers_save"), let own = own("num_timers_save", table, state),
      count != own
    {
      reader.refuse(
        .value, "the timer block has another number of timers", expected: "\(own)",
        found: "\(count)", advice: "start the destination with -global hpet.timers=\(count)",
        words: ["Input validation failed: hpet/num_timers must match"])
    }
    if let count = loaded.unsigned("num_timers"), !(3...32).contains(count) {
      reader.refuse(
        .value, "the timer block has an impossible number of timers", expected: "3 to 32",
        found: "\(count)", advice: "the stream is damaged",
        words: ["Input validation failed: hpet/num_timers in range"])
    }
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
