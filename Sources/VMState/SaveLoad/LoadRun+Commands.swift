extension LoadRun {
  /// Reads a command and does what it means for a load from a plain channel.
  ///
  /// Without a return path a recorded stream's `OPEN_RETURN_PATH` and `PING` ask for answers
  /// that nobody waits for; they are ignored with a warning. What only a postcopy or COLO
  /// destination can do is refused. QEMU: `loadvm_process_command`, migration/savevm.c.
  mutating func loadCommand(_ offset: UInt64) throws(VMStateError) {
    do throws(VMStateError) {
      try takeCommand(offset)
    } catch {
      throw error.named("command")
    }
  }

  private mutating func takeCommand(_ offset: UInt64) throws(VMStateError) {
    let number = try reader.get(UInt16.self)
    let length = Int(try reader.get(UInt16.self))
    let command = try known(number, offset)
    if let expected = command.payloadLength, expected != length {
      throw Self.badLength(command, expected: "\(expected) bytes", length, offset)
    }
    context.observer?.observe(
      .section(
        kind: .command, name: command.name, instance: 0, sectionID: UInt32(number), version: 0,
        offset: offset))
    try perform(command, length, offset)
  }

  private func known(
    _ number: UInt16, _ offset: UInt64
  ) throws(VMStateError) -> MigrationCommand {
    let highest: MigrationCommand =
      options.profile.switchoverStart ? .switchoverStart : .receiveBitmap
    if let command = MigrationCommand(rawValue: number), number <= highest.rawValue {
      return command
    }
    throw VMStateError(
      .badCommand, "Unknown command \(number)", offset: offset,
      expected: "1 to \(highest.rawValue)", found: "\(number)")
  }

  private static func badLength(
    _ command: MigrationCommand, expected: String, _ length: Int, _ offset: UInt64
  ) -> VMStateError {
    VMStateError(
      .badCommand, "the command \(command.name) has a wrong length", offset: offset,
      expected: expected, found: "\(length)")
  }

  private mutating func perform(
    _ command: MigrationCommand, _ length: Int, _ offset: UInt64
  ) throws(VMStateError) {
    switch command {
    case .switchoverStart: try startSwitchover()
    case .openReturnPath, .ping, .postcopyResume:
      try reader.skip(UInt64(length))
      try warnings.add(
        .ignoredCommand, "the command \(command.name) has no meaning here and was ignored",
        offset: offset)
    case .postcopyAdvise:
      try adviseOfPostcopy(length, offset)
    case .postcopyListen, .postcopyRun, .postcopyRAMDiscard, .packaged, .enableCOLO,
      .receiveBitmap:
      throw VMStateError(
        .unsupported, "the command \(command.name) needs a postcopy or COLO destination",
        offset: offset)
    }
  }

  private func startSwitchover() throws(VMStateError) {
    for entry in transaction.entries {
      do {
        try entry.handlers?.switchoverStart(context)
      } catch {
        throw .fromHook(error, "switchover-start").within(entry.idstr).at(reader.position)
      }
    }
  }

  /// An empty advice tells of a postcopy without RAM (of dirty bitmaps), and changes nothing
  /// in a precopy stream.
  private func adviseOfPostcopy(_ length: Int, _ offset: UInt64) throws(VMStateError) {
    let hasRAM = context.capabilities.contains("postcopy-ram")
    switch length {
    case 0 where !hasRAM: return
    case 0, 16:
      throw VMStateError(
        .unsupported, "the stream announces a postcopy that this load cannot take part in",
        offset: offset, expected: hasRAM ? "16 bytes" : "none", found: "\(length) bytes")
    default:
      throw Self.badLength(.postcopyAdvise, expected: "0 or 16 bytes", length, offset)
    }
  }
}
