import VMStateInspect

/// The tool: finds the command and runs it.
enum Tool {
  static let version = "0.3.0"

  /// The commands, as the help screen lists them.
  static var groups: [(title: String, commands: [any ToolCommand.Type])] {
    [
      (
        "LOOK INTO A FILE",
        [
          SummaryCommand.self, SectionsCommand.self, DumpCommand.self, SnapshotsCommand.self,
          SchemaCommand.self, ReportCommand.self,
        ]
      ), ("CHECK A FILE", [VerifyCommand.self, CheckCommand.self, DiffCommand.self]),
      (
        "MAKE A FILE",
        [
          RAMCommand.self, ExtractCommand.self, ReencodeCommand.self, PatchCommand.self,
          AssembleCommand.self,
        ]
      ),
    ]
  }

  private static var commands: [any ToolCommand.Type] { groups.flatMap(\.commands) }

  /// Runs the command line and ends the process.
  static func run(_ words: [String]) -> Never {
    let console = Console()
    console.exit(start(words, console))
  }

  private static func start(_ words: [String], _ console: Console) -> ExitCode {
    guard let first = words.first else {
      console.complain(HelpText.overview(groups))
      return .usage
    }
    switch first {
    case "-h", "--help":
      console.out.write(HelpText.overview(groups))
      return .good
    case "--version":
      console.out.write("vmstate-dump \(version)\n")
      return .good
    case "help": return help(Array(words.dropFirst()), console)
    default: break
    }
    if let command = commands.first(where: { $0.name == first }) {
      return command.start(Array(words.dropFirst()), console)
    }
    if let near = misspelt(first) {
      console.complain(
        "Error: There is no file and no subcommand '\(PrintableText.escaped(first))'. "
          + "Did you mean '\(near)'?\n  See 'vmstate-dump --help' for more information.\n")
      return .usage
    }
    return SummaryCommand.start(words, console)
  }

  /// The subcommand that a first word was meant to be, unless it is an option or a file.
  private static func misspelt(_ word: String) -> String? {
    guard !word.hasPrefix("-"), !InputFile.exists(word) else { return nil }
    return Suggestion.nearest(to: word, in: commands.map { $0.name } + ["help"])
  }

  private static func help(_ words: [String], _ console: Console) -> ExitCode {
    guard let name = words.first else {
      console.out.write(HelpText.overview(groups))
      return .good
    }
    if let command = commands.first(where: { $0.name == name }) {
      return command.start(["--help"], console)
    }
    let near = Suggestion.nearest(to: name, in: commands.map { $0.name })
    console.complain(
      "Error: There is no subcommand '\(PrintableText.escaped(name))'."
        + (near.map { " Did you mean '\($0)'?" } ?? "") + "\n")
    return .usage
  }
}
