import VMState
import VMStateInspect

/// `vmstate-dump sections FILE`.
struct SectionsCommand: ToolCommand {
  static let name = "sections"
  static let abstract = "List every section and command with its place in the file."

  var file = ""
  var input = InputOptions()
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [.argument("file", \.file, "The file that holds the state.")]
      + .group(\.input, InputOptions.parameters)
      + [
        .option(
          "--format", value: "format", \.format, standard: .text, "How the result is printed.")
      ]
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let channel = try input.channel(file, console)
    let options = try input.walkOptions(console)
    format == .json ? begin(console) : console.out.line(console.style.strong(SectionsText.heading))
    var isFirst = true
    let format = format
    var lister = SectionLister { entry in
      guard format == .json else {
        return console.out.line(SectionsText.line(entry, style: console.style))
      }
      console.out.write(isFirst ? "\n" : ",\n")
      console.out.write("    " + SectionsText.json(entry).jsonText)
      isFirst = false
    }
    try StreamWalk.walk(channel, options, visitor: &lister)
    lister.finish()
    if format == .json { console.out.write("\n  ]\n}\n") }
    return lister.problemCount == 0 ? .good : .badData
  }

  private func begin(_ console: Console) {
    console.out.write("{\n  \"schema\": 1,\n  \"command\": \"sections\",\n  \"file\": ")
    console.out.write(JSONValue.string(file).jsonText + ",\n  \"elements\": [")
  }
}
