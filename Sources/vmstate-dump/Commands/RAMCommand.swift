import VMState
import VMStateInspect

/// `vmstate-dump ram FILE… -o OUT`.
struct RAMCommand: ToolCommand {
  static let name = "ram"
  static let abstract = "Write the guest's memory as it is after the last byte."
  static let discussion = """
    Without an option the image is sparse and has RAM at its guest-physical addresses. The
    files of multifd channels are given beside the main stream's, in any order.
    """

  var files: [String] = []
  var output: String?
  var block: String?
  var isELF = false
  var isEach = false
  var showsMap = false
  var machine: String?
  var input = InputOptions()

  static var parameters: [Parameter<Self>] {
    [
      .arguments("file", \.files, "The file that holds the state, and its multifd channels."),
      .option(
        "-o", "--output", value: "path", \.output,
        "The image to write; with --blocks the folder for all of them."),
      .option("--block", value: "name", \.block, "Only this RAM block."),
      .flag("--blocks", path: \.isEach, "Every block to a file of its own."),
      .flag("--elf", path: \.isELF, "An ELF core with guest-physical addresses."),
      .flag("--map", path: \.showsMap, "Show each block as a picture of its pages."),
      .option(
        "--machine", value: "name", \.machine, "The machine type, in place of the stream's own."),
    ] + .group(\.input, InputOptions.parameters)
  }

  func validate() throws(UsageError) {
    guard showsMap || output != nil else {
      throw UsageError("Give '--output <path>' for an image, or '--map' for a picture")
    }
    guard [block != nil, isELF, isEach].filter({ $0 }).count <= 1 else {
      throw UsageError("'--block', '--blocks' and '--elf' exclude each other")
    }
    if output == "-" { throw UsageError("An image has positions: it needs a file") }
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    let source = try StreamFiles(files, input, console).source
    var options = MemoryOptions()
    options.walk = try input.walkOptions(console)
    var problems: [StreamProblem] = []
    if showsMap { problems = try showMap(source, options, console) }
    if let output {
      let result = try write(source, to: output, options)
      for note in result.notes { console.remark(PrintableText.escaped(note)) }
      problems = result.problems
    }
    console.remark(problems, of: files[0])
    return problems.isEmpty ? .good : .badData
  }

  private func write(
    _ source: MemorySource, to output: String, _ options: MemoryOptions
  ) throws(VMStateError) -> RAMExtraction.Result {
    if isEach {
      try OutputFile.makeFolder(output)
      return try RAMExtraction.writeBlocks(source, toFolder: output, options).result
    }
    let shape: RAMExtraction.Shape = isELF ? .elf : block.map { .block($0) } ?? .raw
    let target = try OutputFile.open(output)
    let result = try RAMExtraction.write(
      source, as: shape, to: target, machineType: machine, options)
    try OutputFile.close(target)
    return result
  }

  private func showMap(
    _ source: MemorySource, _ options: MemoryOptions, _ console: Console
  ) throws(VMStateError) -> [StreamProblem] {
    let (index, problems) = try MemoryIndex.make(of: source, options)
    console.out.line(BlockPicture.legend)
    for (number, shape) in index.blocks.enumerated() {
      guard block == nil || shape.idstr == block else { continue }
      console.out.line()
      console.show(BlockPicture.lines(index, block: number))
    }
    // The pictures have read the stream; an image reads it again.
    if output != nil { try source.main.seek(to: source.main.origin) }
    return problems
  }
}
