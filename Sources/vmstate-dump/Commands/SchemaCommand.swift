import VMState
import VMStateInspect

/// `vmstate-dump schema FILE` and `vmstate-dump schema --diff OLD NEW`.
struct SchemaCommand: ToolCommand {
  static let name = "schema"
  static let abstract = "All layouts as a text for version control, or what changed in them."
  static let discussion = """
    A file is a stream with a JSON description, or a -dump-vmstate JSON. With --diff it takes
    two files, says in words what changed and which directions survive, and ends with exit
    code 1 if anything did.
    """

  var files: [String] = []
  var isDiff = false

  static var parameters: [Parameter<Self>] {
    [
      .arguments("file", \.files, "A stream, or a -dump-vmstate file."),
      .flag("--diff", path: \.isDiff, "Compare an old and a new file."),
    ]
  }

  func validate() throws(UsageError) {
    guard files.count == (isDiff ? 2 : 1) else {
      throw UsageError(isDiff ? "--diff takes two files" : "One file, or --diff and two")
    }
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    guard isDiff else {
      console.show(SchemaText.lines(try document(files[0], console)))
      return .good
    }
    let diff = SchemaDiff(try document(files[0], console), try document(files[1], console))
    console.show(SchemaDiffText.lines(diff))
    return diff.isEmpty ? .good : .different
  }

  private func document(
    _ path: String, _ console: Console
  ) throws(VMStateError) -> SchemaDocument {
    if let text = try InputFile.jsonText(path) {
      return try SchemaDocument(parsingClasses: text)
    }
    let stream = StreamWalk.collect(try InputOptions().open(path, console).channel)
    guard let description = stream.description else {
      throw VMStateError(
        .badDescription, "\(path): the stream has no JSON description",
        expected: "a stream that has one, or a -dump-vmstate file")
    }
    return SchemaDocument(description, machine: stream.configuration?.machineTypeText)
  }
}
