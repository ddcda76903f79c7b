import VMState

extension DryRun {
  /// One command; true where it ends the load.
  ///
  /// QEMU: `loadvm_process_command`, migration/savevm.c.
  mutating func readCommand(at offset: UInt64) throws(Halt) -> Bool {
    let (number, length) = try reading(["command"]) { cursor throws(VMStateError) in
      (try cursor.integer(UInt16.self), try cursor.integer(UInt16.self))
    }
    let payload = try reading(["command"]) { cursor throws(VMStateError) in
      try cursor.bytes(Int(length))
    }
    guard let command = try known(number, length, offset) else { return false }
    if let expected = command.payloadLength, expected != Int(length) {
      let name = Self.wireName(command)
      refuse(
        .command, ["command \(command.name)"], "the command has another length", at: offset,
        expected: "\(expected)", found: "\(length)", advice: "the stream is damaged here",
        words: ["\(name) received with bad length - expecting \(expected), got \(length)"])
      return false
    }
    return try obey(command, payload, offset)
  }

  /// Commands that a release knows; the number of the first unknown one grew.
  private mutating func known(
    _ number: UInt16, _ length: UInt16, _ offset: UInt64
  ) throws(Halt) -> MigrationCommand? {
    let isNew = number == MigrationCommand.switchoverStart.rawValue
    if let command = MigrationCommand(rawValue: number) {
      guard isNew else { return command }
      switch target.release.isAtLeast(QEMURelease(10, 0)) {
      case true?: return command
      case false?: break
      case nil:
        doubt(
          ["command \(command.name)"], "whether the destination's QEMU knows this command",
          supply: "--qemu VERSION")
        return nil
      }
    }
    let (hex, size) = (String(number, radix: 16), String(length, radix: 16))
    refuse(
      .command, ["command \(number)"], "the destination does not know this command", at: offset,
      found: isNew ? "\(number), SWITCHOVER_START" : "\(number)",
      advice: isNew
        ? "save with a machine type of 9.2 or older, or with -global "
          + "migration.send-switchover-start=off"
        : "use the source's QEMU",
      words: ["MIG_CMD 0x\(hex) unknown (len 0x\(size))"])
    return nil
  }

  /// QEMU's table lacks the names of two commands.
  private static func wireName(_ command: MigrationCommand) -> String {
    switch command {
    case .enableCOLO: ""
    default: command.name
    }
  }

  private mutating func obey(
    _ command: MigrationCommand, _ payload: [UInt8], _ offset: UInt64
  ) throws(Halt) -> Bool {
    switch command {
    case .openReturnPath: hasReturnPath = true
    case .ping: ping(payload, offset)
    case .postcopyAdvise: advise(payload, offset)
    case .postcopyListen:
      try advance(to: .listening, from: [.advised, .discarding], command, offset)
    case .postcopyRun:
      try advance(to: .running, from: [.listening], command, offset)
      return postcopy == .running
    case .postcopyRAMDiscard:
      try advance(to: .discarding, from: [.advised, .discarding], command, offset)
    case .packaged: return try readPackage(payload, offset)
    case .enableCOLO: enableCOLO(offset)
    case .postcopyResume, .switchoverStart: break
    case .receiveBitmap: receiveBitmap(payload, offset)
    }
    return false
  }

  // MARK: Single commands

  private mutating func ping(_ payload: [UInt8], _ offset: UInt64) {
    guard !hasReturnPath else { return }
    let token = payload.reduce(0) { $0 << 8 | UInt32($1) }
    refuse(
      .command, ["command PING"], "there is no return path to answer on", at: offset,
      advice: "load it over the connection that it was made for",
      words: ["CMD_PING (0x\(String(token, radix: 16))) received with no return path"])
  }

  private mutating func advise(_ payload: [UInt8], _ offset: UInt64) {
    let path = ["command POSTCOPY_ADVISE"]
    guard postcopy == .none else {
      return refuse(
        .command, path, "a second advice", at: offset, advice: "the stream is damaged here",
        words: ["CMD_POSTCOPY_ADVISE in wrong postcopy state (\(postcopy.rawValue))"])
    }
    postcopy = .advised
    guard payload.isEmpty || payload.count == 16 else {
      return refuse(
        .command, path, "the command has another length", at: offset, expected: "0 or 16",
        found: "\(payload.count)", advice: "the stream is damaged here",
        words: ["CMD_POSTCOPY_ADVISE invalid length (\(payload.count))"])
    }
    guard let local = target.has("postcopy-ram") else {
      return doubt(
        path, "whether the destination has postcopy-ram",
        supply: "--capability postcopy-ram, or --capability postcopy-ram=off")
    }
    let isOn = payload.count == 16
    guard local != isOn else { return checkAdvice(payload, offset) }
    refuse(
      .capability, path, "source and destination have to agree about postcopy-ram", at: offset,
      expected: local ? "on" : "off", found: isOn ? "on" : "off",
      advice: "switch the capability postcopy-ram \(isOn ? "on" : "off") at the destination",
      words: [
        isOn
          ? "RAM postcopy is disabled but have 16 byte advise"
          : "RAM postcopy is enabled but have 0 byte advise"
      ])
  }

  private mutating func checkAdvice(_ payload: [UInt8], _ offset: UInt64) {
    guard payload.count == 16 else { return }
    memory.wasAdvised = true
    let size = payload[8...].reduce(0) { $0 << 8 | UInt64($1) }
    guard size != UInt64(target.pageSize) else { return }
    refuse(
      .pageSize, ["command POSTCOPY_ADVISE"], "the guest's pages have another size", at: offset,
      expected: "\(target.pageSize)", found: "\(size)", advice: "use the source's machine type",
      words: [
        "Postcopy needs matching target page sizes (s=\(size) d=\(target.pageSize))",
        "Postcopy needs matching RAM page sizes",
      ])
  }

  private mutating func advance(
    to state: PostcopyState, from allowed: [PostcopyState], _ command: MigrationCommand,
    _ offset: UInt64
  ) throws(Halt) {
    guard allowed.contains(postcopy) else {
      return refuse(
        .command, ["command \(command.name)"], "the command stands in a wrong place", at: offset,
        advice: "the stream lacks what belongs before it, or is damaged here",
        words: ["CMD_\(command.name) in wrong postcopy state (\(postcopy.rawValue))"])
    }
    postcopy = state
    guard state == .listening else { return }
    doubt(
      ["command POSTCOPY_LISTEN"], "a postcopy goes on over its connection",
      supply: "a stream that was saved without postcopy")
  }

  /// A nested stream, without header and EOF.
  private mutating func readPackage(_ payload: [UInt8], _ offset: UInt64) throws(Halt) -> Bool {
    let size = payload.reduce(0) { $0 << 8 | UInt64($1) }
    guard (try? cursor.peek(size == 0 ? 0 : size - 1)) != nil else {
      refuse(
        .truncated, ["command PACKAGED"], "the package is cut", at: offset,
        expected: "\(size) bytes", advice: "find the whole file", words: ["Failed to read package"])
      throw .stopped
    }
    try readElements()
    return postcopy == .running
  }

  private mutating func enableCOLO(_ offset: UInt64) {
    let isRejected = target.release.isAtLeast(QEMURelease(11, 0)) == true
    guard isRejected || target.has("x-colo") != true else { return }
    refuse(
      .capability, ["command ENABLE_COLO"], "the destination has no checkpoint replication",
      at: offset, expected: "off", found: "on",
      advice: "switch the capability x-colo on at the destination",
      words: ["ENABLE_COLO command come in migration stream, but"])
  }

  private mutating func receiveBitmap(_ payload: [UInt8], _ offset: UInt64) {
    let path = ["command RECV_BITMAP"]
    guard let length = payload.first, length > 0, payload.count == Int(length) + 1 else {
      let isNamed = payload.first ?? 0 > 0
      return refuse(
        .command, path, "the name of the RAM block is missing", at: offset,
        advice: "the stream is damaged here",
        words: [isNamed ? "invalid payload length" : "failed to read block name"])
    }
    let name = String(decoding: payload.dropFirst(), as: UTF8.self)
    guard target.blocks?[name] == nil else { return }
    refuse(
      .command, path, "the destination has no such RAM block", at: offset, found: name,
      advice: "the stream is damaged here", words: ["block '\(name)' not found"])
  }
}
