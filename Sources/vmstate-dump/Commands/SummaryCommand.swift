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
    var mains: [(file: String, state: OpenedState)] = []
    var channels = mains
    for file in files {
      let state = try input.open(file, console)
      if state.content == .multifdChannel {
        channels.append((file, state))
      } else {
        mains.append((file, state))
      }
    }
    if mains.count == 1 {
      let summary = try StreamSummary.make(
        mains[0].state.channel, channels: channels.map(\.state.channel), options)
      return show(summary, of: mains[0], console)
    }
    var worst = ExitCode.good
    for (index, one) in (mains + channels).enumerated() {
      if index > 0, format == .text { console.out.line() }
      let code = show(try StreamSummary.make(one.state.channel, options), of: one, console)
      if code != .good { worst = code }
    }
    return worst
  }

  private func show(
    _ summary: StreamSummary, of input: (file: String, state: OpenedState),
    _ console: Console
  ) -> ExitCode {
    var summary = summary
    if !input.state.containers.isEmpty {
      summary.container = input.state.containers.map(\.name).joined(separator: ", ")
    }
    if format == .json {
      console.show(summary.json(file: input.file))
    } else {
      console.show(
        SummaryText.lines(summary, file: InputFile.title(input.file), style: console.style))
    }
    console.complain(summary.problems, of: input.file, in: input.state.channel)
    return summary.problems.isEmpty ? .good : .badData
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
