import VMState
import VMStateInspect

/// `vmstate-dump extract FILE --section NAME -o OUT`.
struct ExtractCommand: ToolCommand {
  static let name = "extract"
  static let abstract = "Write the raw bytes of a section or of a field."

  var file = ""
  var section: GlobPattern?
  var field: String?
  var output: String?
  var input = InputOptions()

  static var parameters: [Parameter<Self>] {
    [
      .argument("file", \.file, "The file that holds the state."),
      .option(
        "--section", value: "glob", \.section,
        "The section; 'name#3' asks for an instance.", isRequired: true),
      .option("--field", value: "path", \.field, "The field in it; without it the whole body."),
      .option(
        "-o", "--output", value: "path", \.output,
        "The file to write; '-' for standard output, if that is no terminal.", isRequired: true),
    ] + .group(\.input, InputOptions.parameters)
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let channel = try input.channel(file, console)
    let options = try input.walkOptions(console)
    let target = try OutputFile.open(output ?? "-")
    _ = try Extractor.extract(
      channel, section: section ?? GlobPattern("*"), field: field, walk: options, to: target)
    try OutputFile.close(target)
    return .good
  }
}
