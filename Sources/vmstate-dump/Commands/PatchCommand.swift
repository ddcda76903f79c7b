import VMState
import VMStateInspect

extension Patch.Assignment: ParameterValue {
  init?(argument: String) {
    guard let value = try? Self(argument) else { return nil }
    self = value
  }
  var argumentText: String { "\(path)=\(value)" }
}

/// `vmstate-dump patch FILE --set PATH=VALUE -o OUT`.
struct PatchCommand: ToolCommand {
  static let name = "patch"
  static let abstract = "Change values or leave parts out; the result is valid again."
  static let discussion = """
    Footers, sizes and the JSON description follow the change. A value that does not fit
    its field is refused. Paths are those that 'dump' shows.
    """

  var file = ""
  var assignments: [Patch.Assignment] = []
  var subsections: [String] = []
  var sections: [String] = []
  var machine: String?
  var output: String?
  var input = InputOptions()

  static var parameters: [Parameter<Self>] {
    [
      .argument("file", \.file, "The file that holds the state."),
      .options("--set", value: "path=value", \.assignments, "Give a field another value."),
      .options(
        "--drop", value: "subsection", \.subsections, "Leave out a subsection, by name or path."),
      .options(
        "--drop-section", value: "name", \.sections,
        "Leave out a section; 'name#3' is one instance."),
      .option("--rename-machine", value: "name", \.machine, "Give the machine type another name."),
      .option(
        "-o", "--output", value: "path", \.output,
        "The file to write, '-' for standard output.", isRequired: true),
    ] + .group(\.input, InputOptions.parameters)
  }

  func validate() throws(UsageError) {
    if assignments.isEmpty, subsections.isEmpty, sections.isEmpty, machine == nil {
      throw UsageError("Nothing is to be changed: give --set, --drop, --drop-section or another")
    }
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let channel = try input.channel(file, console)
    let options = try input.walkOptions(console)
    let patch = Patch(
      assignments: assignments, droppedSubsections: subsections, droppedSections: sections,
      machine: machine)
    let target = try OutputFile.open(output ?? "-")
    do throws(VMStateError) {
      show(try Patcher.patch(channel, patch, walk: options, to: target), console)
    } catch {
      guard error.code == .valueOutOfRange || error.code == .badDescription && error.offset == nil
      else { throw error }
      throw VMStateError(.refused, "the patch is refused", cause: error)
    }
    try OutputFile.close(target)
    return .good
  }

  private func show(_ result: Patcher.Result, _ console: Console) {
    for change in result.changes {
      console.remark(
        "\(PrintableText.escaped(change.path)) at byte \(change.offset): "
          + "\(Self.hex(change.before)) became \(Self.hex(change.after))")
    }
    for path in result.droppedSubsections + result.droppedSections {
      console.remark("\(PrintableText.escaped(path)) is left out")
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = bytes.prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return digits.joined(separator: " ") + (bytes.count > 16 ? " …" : "")
  }
}
