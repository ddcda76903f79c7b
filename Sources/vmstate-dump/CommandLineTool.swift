import VMState
import VMStateInspect

enum CommandLineTool {
  static let help = """
    OVERVIEW: Shows what is in a QEMU migration stream.

    USAGE: vmstate-dump <subcommand> <file>

    SUBCOMMANDS:
      summary (default)   Machine, memory, run state, sections by size.
      sections            Every section and command with offset, length, ids and version.
      check FILE --against TARGET
                          Would it load there? TARGET is a stream or a -dump-vmstate file.
      schema FILE         All layouts as text; --diff OLD NEW compares two.

    OPTIONS:
      -h, --help          Show this help.

    EXIT CODES: 0 good, 1 difference or refused, 64 usage, 65 bad data, 66 no input.
    """

  static func run(_ arguments: [String]) -> ExitCode {
    guard let first = arguments.first else {
      complain("no file given\n\n\(help)")
      return .usage
    }
    switch (first, arguments.count) {
    case ("-h", _), ("--help", _):
      print(help)
      return .good
    case ("check", _): return CheckCommand.run(Array(arguments.dropFirst()))
    case ("schema", _): return SchemaCommand.run(Array(arguments.dropFirst()))
    case ("summary", 2): return show(arguments[1]) { SummaryText.lines($0, file: $1) }
    case ("sections", 2): return show(arguments[1]) { stream, _ in SectionsText.lines(stream) }
    case (_, 1) where !first.hasPrefix("-") && first != "summary" && first != "sections":
      return show(first) { SummaryText.lines($0, file: $1) }
    default:
      complain("'\(arguments.joined(separator: " "))' is not understood\n\n\(help)")
      return .usage
    }
  }

  private static func show(
    _ path: String, _ lines: (WalkedStream, String) -> [String]
  ) -> ExitCode {
    let channel: FileChannel
    do throws(VMStateError) {
      channel = try FileChannel(reading: path)
    } catch {
      complain("\(path): \(error)")
      return .noInput
    }
    let stream = StreamWalker.walk(channel)
    for line in lines(stream, path) { print(line) }
    guard let error = stream.error else { return .good }
    complain("\(path): \(error)")
    return .badData
  }
}
