import VMState
import VMStateInspect

extension GlobPattern: ParameterValue {
  init?(argument: String) { self.init(argument) }
  var argumentText: String { text }
}

/// `vmstate-dump dump FILE`.
struct DumpCommand: ToolCommand {
  static let name = "dump"
  static let abstract = "Show all values, by section and field."
  static let discussion = """
    The JSON form is lossless: 'assemble' makes the stream again from it alone. The compat
    form is exactly what QEMU's analyze-migration.py prints.
    """

  /// What the analyzer's option of the same name takes.
  enum CompatMode: String, CaseIterable, ParameterValue {
    case state, desc
  }

  var file = ""
  var sections: [GlobPattern] = []
  var fields: [GlobPattern] = []
  var pagesFolder: String?
  var isCompat = false
  var mode: CompatMode?
  var input = InputOptions()
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [
      .argument("file", \.file, "The file that holds the state."),
      .options(
        "--section", value: "glob", \.sections,
        "Only sections with such a name; 'name#3' asks for an instance."),
      .options(
        "--field", value: "path", \.fields, "Only fields with such a path, with * and ?."),
      .option(
        "--format", value: "format", \.format, standard: .text, "How the result is printed."),
      .option(
        "--ram", value: "folder", \.pagesFolder,
        "With JSON: put the pages into files in this folder."),
      .flag("--compat", path: \.isCompat, "Print what analyze-migration.py prints."),
      .option("-d", "--dump", value: "mode", \.mode, "With --compat: state (default) or desc."),
    ] + .group(\.input, InputOptions.parameters)
  }

  func validate() throws(UsageError) {
    if format == .json, !sections.isEmpty || !fields.isEmpty {
      throw UsageError("'--section' and '--field' select text; the JSON form is always whole")
    }
    if pagesFolder != nil, format != .json || isCompat {
      throw UsageError("'--ram' goes with '--format json'")
    }
    if mode != nil, !isCompat { throw UsageError("'--dump' goes with '--compat'") }
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let channel = try input.channel(file, console)
    let options = try input.walkOptions(console)
    let output = ClosureTextOutput { bytes in console.out.write(bytes) }
    if isCompat {
      if mode == .desc {
        try CompatText.description(channel, walk: options, to: output)
      } else {
        try CompatText.state(channel, walk: options, to: output)
      }
      return .good
    }
    var code = ExitCode.good
    let error: VMStateError?
    if format == .json {
      error = try dumpJSON(channel, options, output)
    } else {
      let result = try DumpText.dump(channel, textOptions, walk: options, to: output)
      error = result.error
      code = remark(onWhatIsMissing: result, console)
    }
    guard let error else { return code }
    console.remark(console.errorStyle.bad("error: ") + PrintableText.escaped("\(error)"))
    return .badData
  }

  /// Nothing fits what was asked for.
  private func remark(onWhatIsMissing result: DumpText.Result, _ console: Console) -> ExitCode {
    let isFound = fields.isEmpty ? sections.isEmpty || result.sections > 0 : result.fields > 0
    guard !isFound else { return .good }
    let patterns = (fields.isEmpty ? sections : fields).map { "'\($0.text)'" }
    let what = fields.isEmpty ? "section" : "field"
    console.remark(
      "no \(what) fits " + PrintableText.escaped(patterns.joined(separator: " or "))
        + "; 'vmstate-dump \(fields.isEmpty ? "sections" : "dump")' lists them")
    return .different
  }

  private var textOptions: DumpOptions {
    var options = DumpOptions(sections: sections, fields: fields)
    options.decode = { entry in
      guard let leaf = entry.leaf else { return nil }
      // The path without the field and without the instance is the section's name.
      let section = entry.path.dropLast(entry.name.count + 1).split(separator: "#").first ?? ""
      return BlobDecoder.decode(
        idstr: String(section), type: entry.type, name: entry.name, bytes: leaf.bytes)?.lines
    }
    return options
  }

  private func dumpJSON(
    _ channel: any ByteChannel, _ options: WalkOptions, _ output: any TextOutput
  ) throws(VMStateError) -> VMStateError? {
    var files: PageFiles?
    if let pagesFolder {
      try OutputFile.makeFolder(pagesFolder)
      files = PageFiles(folder: pagesFolder)
    }
    return try DumpJSON.dump(channel, walk: options, files: files, to: output).error
  }
}
