import VMState
import VMStateInspect

/// `vmstate-dump diff A B`.
struct DiffCommand: ToolCommand {
  static let name = "diff"
  static let abstract = "Compare two states by device, field and page."

  var first = ""
  var second = ""
  var ignored: [GlobPattern] = []
  var input = InputOptions()
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [
      .argument("first", \.first, "One state."), .argument("second", \.second, "The other."),
      .options(
        "--ignore", value: "glob", \.ignored,
        "Leave out sections, fields or RAM blocks with such a path, clocks for instance."),
      .option(
        "--format", value: "format", \.format, standard: .text, "How the result is printed."),
    ] + .group(\.input, InputOptions.parameters)
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    var options = MemoryOptions()
    options.walk = try input.walkOptions(console)
    var found: [StreamExamination] = []
    for file in [first, second] {
      let source = MemorySource(try input.channel(file, console))
      found.append(try StreamExamination.make(of: source, options))
    }
    let diff = try StreamDiff.make(found[0], found[1], ignoring: ignored)
    if format == .json {
      try diff.writeJSON(to: console.text)
    } else {
      try diff.writeText(to: console.text)
    }
    for (file, examination) in zip([first, second], found) {
      console.remark(examination.stream.problems, of: file)
    }
    return diff.isEmpty ? .good : .different
  }
}
