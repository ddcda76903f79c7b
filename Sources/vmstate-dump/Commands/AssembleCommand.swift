import VMState
import VMStateInspect

/// `vmstate-dump assemble DUMP.json -o OUT`.
struct AssembleCommand: ToolCommand {
  static let name = "assemble"
  static let abstract = "Make the stream again from a JSON dump, edited or not."

  var file = ""
  var output: String?
  var pagesFolder: String?

  static var parameters: [Parameter<Self>] {
    [
      .argument("file", \.file, "The dump, made by 'dump --format json'; '-' is standard input."),
      .option(
        "-o", "--output", value: "path", \.output,
        "The file to write, '-' for standard output.", isRequired: true),
      .option(
        "--ram", value: "folder", \.pagesFolder, "The folder that 'dump --ram' put pages into."),
    ]
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let source: any ByteChannel =
      file == "-"
      ? try FileDescriptorChannel(0, .borrowed, name: "standard input")
      : try FileChannel(reading: file)
    let target = try OutputFile.open(output ?? "-")
    let files = pagesFolder.map { PageSources(folder: $0) }
    _ = try Assembler.assemble(console.watched(source, file), files: files, to: target)
    try OutputFile.close(target)
    return .good
  }
}
