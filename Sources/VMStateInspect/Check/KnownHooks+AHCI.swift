extension KnownHooks {
  /// Two engines of a port: whether the guest wants one, and whether it says that it runs.
  private static let engines: [(name: String, wanted: UInt64, runs: UInt64)] = [
    ("DMA", 1 << 0, 1 << 15), ("FIS RX", 1 << 4, 1 << 14),
  ]

  /// One port of an AHCI controller.
  ///
  /// QEMU: `ahci_state_post_load`, hw/ide/ahci.c.
  static func port(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    let command = loaded.unsigned("port_regs.cmd") ?? 0
    for engine in engines { judge(engine, command, &reader) }
    for (index, queued) in loaded.tables("ncq_tfs").enumerated() {
      queuedCommand(queued, index, isStarted: command & 1 != 0, &reader)
    }
    if let slot = loaded.signed("busy_slot"), slot != -1, !(0..<32).contains(slot) {
      reader.refuse(
        .value, "the port works on a command that cannot be", expected: "-1 to 31",
        found: "\(slot)", advice: "the stream is damaged", words: [])
    }
  }

  /// An engine that is wanted is started by the load; one that is not must not run.
  private static func judge(
    _ engine: (name: String, wanted: UInt64, runs: UInt64), _ command: UInt64,
    _ reader: inout BodyReader
  ) {
    switch (command & engine.wanted != 0, command & engine.runs != 0) {
    case (true, false): reader.lose(.value, "the port's \(engine.name) engine is started")
    case (false, true):
      reader.refuse(
        .value, "the port's \(engine.name) engine runs though it is switched off",
        expected: "bit \(engine.runs.trailingZeroBitCount) of port_regs.cmd clear",
        found: "0x" + String(command, radix: 16), advice: "the stream is damaged",
        words: ["AHCI: \(engine.name) engine should be off"])
    default: break
    }
  }

  /// A command that waits for a guest to go on after an error is in use, and one of the
  /// queued kind.
  private static func queuedCommand(
    _ command: LoadedTable, _ index: Int, isStarted: Bool, _ reader: inout BodyReader
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
    } else if isHalted != 0, !isStarted {
      reason = "command \(index) is halted, and the port's list of commands is not in use"
    }
    guard let reason else { return }
    reader.refuse(.value, reason, advice: "the stream is damaged", words: [])
  }
}
