import VMState
import VMStateInspect

/// `vmstate-dump report FILE -o report.html`.
struct ReportCommand: ToolCommand {
  static let name = "report"
  static let abstract = "Make a page to look at in a browser."

  var files: [String] = []
  var output: String?
  var input = InputOptions()

  static var parameters: [Parameter<Self>] {
    [
      .arguments("file", \.files, "The file that holds the state, and its multifd channels."),
      .option(
        "-o", "--output", value: "path", \.output,
        "The HTML file to write, '-' for standard output.", isRequired: true),
    ] + .group(\.input, InputOptions.parameters)
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let opened = try StreamFiles(files, input, console)
    var options = MemoryOptions()
    options.walk = try input.walkOptions(console)
    let examination = try StreamExamination.make(of: opened.source, options)
    let target = try OutputFile.open(output ?? "-")
    let containers = opened.main.containers.map(\.name).joined(separator: ", ")
    try StreamReport.write(
      examination, name: InputFile.baseName(files[0]),
      container: containers.isEmpty ? "plain stream" : containers,
      to: ChannelTextOutput(target))
    try OutputFile.close(target)
    console.remark(examination.stream.problems, of: files[0])
    return examination.stream.problems.isEmpty ? .good : .badData
  }
}
