import VMState

extension DryRun {
  /// File header and configuration section.
  ///
  /// QEMU: `qemu_loadvm_state_header`, migration/savevm.c.
  mutating func readHeader() throws(Halt) {
    let (magic, version) = try reading(["header"]) { cursor throws(VMStateError) in
      (try cursor.integer(UInt32.self), try cursor.integer(UInt32.self))
    }
    guard magic == WireFormat.magic else {
      refuse(
        .header, ["header"], "this is no migration stream", at: 0, expected: "\"QEVM\"",
        found: "0x" + String(magic, radix: 16),
        advice: "find the stream; it may stand inside an image or a save file",
        words: ["Not a migration stream"])
      throw .stopped
    }
    if version != WireFormat.version {
      let isObsolete = version == WireFormat.obsoleteVersion
      refuse(
        .header, ["header"], "the stream has another version", at: 4, expected: "3",
        found: "\(version)", advice: "save it again with a QEMU of this century's second decade",
        words: [
          isObsolete
            ? "SaveVM v2 format is obsolete and don't work anymore"
            : "Unsupported migration stream version"
        ])
      throw .stopped
    }
    try readConfiguration()
  }

  private mutating func readConfiguration() throws(Halt) {
    let offset = cursor.position
    let byte = try reading(["header"]) { cursor throws(VMStateError) in try cursor.peek() }
    let isThere = byte == SectionKind.configuration.rawValue
    guard let framing = target.framing ?? (isThere ? TargetModel.Framing() : nil) else {
      return doubt(
        ["configuration"], "whether the destination expects a configuration section",
        supply: "a stream saved by the destination")
    }
    let expects = framing.expectsConfiguration
    if expects, !isThere {
      refuse(
        .configuration, ["configuration"], "the stream has no configuration section", at: offset,
        expected: "0x07", found: byte.map { "0x" + String($0, radix: 16) } ?? "the end",
        advice: "start the destination with -global migration.send-configuration=off",
        words: ["Configuration section missing"])
      return
    }
    guard isThere else { return }
    if !expects {
      refuse(
        .sectionType, ["configuration"], "the destination expects no configuration section",
        at: offset, expected: "a section", found: "0x07",
        advice: "start the destination with -global migration.send-configuration=on",
        words: ["Unknown savevm section type 7"])
    }
    cursor.position += 1
    var configuration = ConfigurationReader(run: self)
    defer { self = configuration.run }
    try configuration.read()
  }
}
