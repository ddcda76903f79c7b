import VMState
import VMStateInspect

/// `vmstate-dump [summary] FILE`.
struct SummaryCommand: ToolCommand {
  static let name = "summary"
  static let abstract = "Show machine, memory, run state, sections, problems and hints."
  static let discussion = """
    The file is recognised by itself; '-' is standard input. Everything that was
    understood is shown, also of a damaged or truncated file.
    """

  var files: [String] = []
  var input = InputOptions()
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [.arguments("file", \.files, "The file that holds the state.")]
      + .group(\.input, InputOptions.parameters)
      + [
        .option(
          "--format", value: "format", \.format, standard: .text, "How the result is printed.")
      ]
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let options = try input.walkOptions(console)
    var worst = ExitCode.good
    for (index, file) in files.enumerated() {
      let channel = try InputFile.open(file, console)
      let summary = try StreamSummary.make(channel, options)
      if format == .json {
        console.show(summary.json(file: file))
      } else {
        if index > 0 { console.out.line() }
        console.show(
          SummaryText.lines(summary, file: InputFile.title(file), style: console.style))
      }
      if !summary.problems.isEmpty { worst = .badData }
      console.complain(summary.problems, of: file, in: channel)
    }
    return worst
  }
}

extension Console {
  /// Shows problems in full on standard error.
  func complain(
    _ problems: [StreamSummary.Problem], of file: String, in channel: any ByteChannel
  ) {
    for problem in problems.prefix(8) {
      let lines = DiagnosisText.lines(Diagnosis(problem, in: channel), style: errorStyle)
      complain(
        "vmstate-dump: \(PrintableText.escaped(file)): " + lines.joined(separator: "\n") + "\n")
    }
  }
}
