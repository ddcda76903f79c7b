import VMState
import VMStateInspect

/// `vmstate-dump verify FILE`.
struct VerifyCommand: ToolCommand {
  static let name = "verify"
  static let abstract = "Decode everything, write it again, compare, and check consistency."
  static let discussion = """
    With --good, a stream that loads on such a machine, a section that ends in the wrong
    place is pinned to the first field that looks wrong, and layouts are compared. Sums that
    the stream carries are compared, and the files beside it of which it carries digests.
    """

  var files: [String] = []
  var good: String?
  var folder: String?
  var input = InputOptions()
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [
      .arguments("file", \.files, "The file that holds the state."),
      .option(
        "--good", value: "file", \.good, "A stream of the same kind of machine that loads."),
      .option(
        "--beside", value: "folder", \.folder,
        "Where the files beside the stream are; without it their names are paths, "
          + "from the stream's folder."),
    ] + .group(\.input, InputOptions.parameters)
      + [
        .option(
          "--format", value: "format", \.format, standard: .text, "How the result is printed.")
      ]
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let options = try input.walkOptions(console)
    let model = try goodStream(console)
    var worst = ExitCode.good
    for file in files {
      let channel = try input.channel(file, console)
      let result = try Verification.make(
        channel, good: model, beside: opener(of: file), options)
      if format == .json {
        console.show(VerificationText.json(result, file: file))
      } else {
        console.show(
          VerificationText.lines(result, file: InputFile.title(file), style: console.style))
      }
      if !result.summary.problems.isEmpty || result.integrity?.isWhole == false {
        worst = .badData
      } else if !result.isGood, worst == .good {
        worst = .different
      }
    }
    return worst
  }

  /// Opens the files beside a stream: regular ones only, others could block or never end.
  private func opener(of file: String) -> BesideOpener {
    let place = InputFile.folder(file)
    return { [folder] name throws(VMStateError) in
      let path: String
      if let folder {
        path = folder + "/" + InputFile.baseName(name)
      } else {
        path = name.hasPrefix("/") ? name : place + "/" + name
      }
      return InputFile.isRegular(path) ? try FileChannel(reading: path) : nil
    }
  }

  private func goodStream(_ console: Console) throws(VMStateError) -> GoodStream? {
    if let good { return try GoodStream(try InputOptions().channel(good, console)) }
    guard let layouts = input.layouts else { return nil }
    return GoodStream(description: try InputOptions.description(layouts, console))
  }
}
