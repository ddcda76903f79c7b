import VMState
import VMStateInspect

/// `vmstate-dump reencode FILE… -o OUT`.
struct ReencodeCommand: ToolCommand {
  static let name = "reencode"
  static let abstract = "Decode everything down to fields and pages, and write it again."
  static let discussion = """
    The result has the same bytes. What nothing describes is passed through and said on
    standard error. Output files appear when they are complete.
    """

  var files: [String] = []
  var output: String?
  var input = InputOptions()

  static var parameters: [Parameter<Self>] {
    [
      .arguments("file", \.files, "The files that hold the state."),
      .option(
        "-o", "--output", value: "path", \.output,
        "The file to write, '-' for standard output; a folder if there are several files.",
        isRequired: true),
    ] + .group(\.input, InputOptions.parameters)
  }

  func validate() throws(UsageError) {
    let names = files.map(InputFile.baseName)
    guard Set(names).count == names.count else {
      throw UsageError("Two files have the same name, and would be one in the output folder")
    }
    guard files.count == 1 || output != "-" else {
      throw UsageError("Several files cannot go to standard output")
    }
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let options = try input.walkOptions(console)
    let output = output ?? "-"
    if files.count > 1 { try OutputFile.makeFolder(output) }
    var worst = ExitCode.good
    for file in files {
      let target = files.count == 1 ? output : output + "/" + InputFile.baseName(file)
      let result = try reencode(file, to: target, options, console)
      if !result.problems.isEmpty { worst = .badData }
    }
    return worst
  }

  private func reencode(
    _ file: String, to target: String, _ options: WalkOptions, _ console: Console
  ) throws(VMStateError) -> Reencoder.Result {
    let source = try input.channel(file, console)
    let channel = try OutputFile.open(target)
    let result = try Reencoder.reencode(source, to: channel, options)
    try OutputFile.close(channel)
    let name = PrintableText.escaped(InputFile.title(file))
    for problem in result.problems.prefix(16) {
      console.remark("\(name): \(PrintableText.escaped("\(problem.error)"))")
    }
    if source.origin > 0 {
      console.remark(
        "\(name): its pages stand at places of the whole file, so the result begins at byte "
          + "\(source.origin) as well: '--offset \(source.origin)' here, "
          + "'file:PATH,offset=\(source.origin)' for QEMU")
    }
    guard result.opaqueBytes > 0 else { return result }
    console.remark(
      "\(name): \(result.opaqueBytes) of \(result.length) bytes are passed through, "
        + "nothing describes them")
    return result
  }
}
