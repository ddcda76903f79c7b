extension KnownHooks {
  /// Two engines of a port: whether the guest wants one, and whether it says that it runs.
  private static let engines: [(name: String, wanted: UInt64, runs: UInt64)] = [
    ("DMA", 1 << 0, 1 << 15), ("FIS RX", 1 << 4, 1 << 14),
  ]

  /// One port of an AHCI controller.
  ///
  /// QEMU: `ahci_state_post_load`, hw/ide/ahci.c.
  static func port(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    if let command = loaded.unsigned("port_regs.cmd") {
      for engine in engines where command & engine.wanted == 0 && command & engine.runs != 0 {
        reader.refuse(
          .value, "the port's \(engine.name) engine runs though it is switched off",
          expected: "bit \(engine.runs.trailingZeroBitCount) of port_regs.cmd clear",
          found: "0x" + String(command, radix: 16), advice: "the stream is damaged",
          words: ["AHCI: \(engine.name) engine should be off"])
      }
    }
    for (index, command) in loaded.tables("ncq_tfs").enumerated() {
      queuedCommand(command, index, &reader)
    }
    if let slot = loaded.signed("busy_slot"), slot != -1, !(0..<32).contains(slot) {
      reader.refuse(
        .value, "the port works on a command that cannot be", expected: "-1 to 31",
        found: "\(slot)", advice: "the stream is damaged", words: [])
    }
  }

  /// A command that waits for a guest to go on after an error is in use, and one of the
  /// queued kind.
  private static func queuedCommand(
    _ command: LoadedTable, _ index: Int, _ reader: inout BodyReader
  ) {
    guard let isUsed = command.unsigned("used"), let isHalted = command.unsigned("halt") else {
      return
    }
    var reason: String?
    if (isUsed != 0) != (isHalted != 0) {
      reason = "queued command \(index) is in use or halted, and not both"
    } else if isHalted != 0, let code = command.unsigned("cmd"),
      ![0x60, 0x61, 0x63, 0x64, 0x65].contains(code)
    {
      reason = "halted command \(index) is none of the queued kind"
    } else if isHalted != 0, command.unsigned("slot") != command.unsigned("tag") {
      reason = "halted command \(index) has a slot that is not its tag"
    }
    guard let reason else { return }
    reader.refuse(.value, reason, advice: "the stream is damaged", words: [])
  }
}
