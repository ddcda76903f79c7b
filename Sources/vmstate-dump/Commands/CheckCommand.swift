import VMState
import VMStateInspect

/// `vmstate-dump check FILE --against TARGET`.
struct CheckCommand: ToolCommand {
  static let name = "check"
  static let abstract = "Would this load there? Every blocker, every loss, or what is not known."
  static let discussion = """
    TARGET is a stream saved by the destination (a fresh paused machine of the same command
    line will do), or its QEMU's -dump-vmstate JSON; give both if you have both.
    Exit code 0 if it loads without loss, 1 otherwise.
    """

  var file = ""
  var targets: [String] = []
  var release: QEMURelease?
  var machine: String?
  var uuid: String?
  var sections: [String] = []
  var ram: [RAMSize] = []
  var capabilities: [CapabilitySwitch] = []
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [
      .argument("file", \.file, "The file that holds the state."),
      .options(
        "--against", value: "target", \.targets,
        "A stream of the destination, or a -dump-vmstate file.", isRequired: true),
      .option("--qemu", value: "version", \.release, "The destination's QEMU, as in 10.0."),
      .option("--machine", value: "name", \.machine, "The destination's machine type."),
      .option("--uuid", value: "uuid", \.uuid, "The destination's UUID."),
      .options(
        "--section", value: "name", \.sections, "A section that the destination has."),
      .options("--ram", value: "block=bytes", \.ram, "The size of a RAM block there."),
      .options(
        "--capability", value: "name[=on|off]", \.capabilities,
        "A migration capability of the destination."),
      .option("--format", value: "format", \.format, standard: .text, "How it is printed."),
    ]
  }

  private var options: CheckOptions {
    var options = CheckOptions()
    options.release = release
    options.machine = machine
    options.uuid = uuid
    options.sections = sections
    for size in ram { options.ramSizes[size.block] = size.bytes }
    for capability in capabilities { options.capabilities[capability.name] = capability.isOn }
    return options
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let source = try CheckSource(try InputOptions().open(file, console).channel)
    var target = CheckTarget(options: options)
    for path in targets { try add(path, to: &target, source, console) }
    let report = try Checker.check(source, against: target)
    if format == .json {
      console.show(report.json)
    } else {
      console.show(
        report.lines(
          source: InputFile.title(file),
          target: targets.map(InputFile.title).joined(separator: ", ")))
    }
    return report.answer == .loads ? .good : .different
  }

  /// Adds what a file tells: a stream, or a `-dump-vmstate` file.
  private func add(
    _ path: String, to target: inout CheckTarget, _ source: CheckSource, _ console: Console
  ) throws(VMStateError) {
    if let text = try InputFile.jsonText(path) {
      target.classes = try SchemaDocument(parsingClasses: text)
    } else {
      target.stream = StreamFacts(
        try InputOptions().open(path, console).channel, layouts: source.description)
    }
  }
}

/// `pc.ram=8M`.
struct RAMSize: ParameterValue {
  var block: String
  var bytes: UInt64

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="),
      let bytes = UInt64(argument: String(argument[argument.index(after: equals)...]))
    else { return nil }
    block = String(argument[..<equals])
    self.bytes = bytes
  }
}

/// `xbzrle`, `xbzrle=off`.
struct CapabilitySwitch: ParameterValue {
  var name: String
  var isOn: Bool

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard let name = parts.first, parts.count < 2 || ["on", "off"].contains(parts[1]) else {
      return nil
    }
    self.name = name
    isOn = parts.count < 2 || parts[1] == "on"
  }
}

extension QEMURelease: ParameterValue {
  init?(argument: String) { self.init(argument) }
}
