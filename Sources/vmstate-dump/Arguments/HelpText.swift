/// Help screens and complaints, made of a command's parameters.
enum HelpText {
  static let tool = "vmstate-dump"
  private static let width = 80
  private static let column = 28

  /// The help screen of a command.
  static func screen<C: ToolCommand>(_ command: C.Type) -> String {
    var text = "OVERVIEW: \(C.abstract)\n"
    if !C.discussion.isEmpty { text += "\n\(C.discussion)\n" }
    text += "\nUSAGE: \(usage(command))\n"
    let arguments = C.parameters.filter { $0.kind == .argument }
    if !arguments.isEmpty {
      text += "\nARGUMENTS:\n" + arguments.map { entry("<\($0.placeholder)>", $0.help) }.joined()
    }
    text += "\nOPTIONS:\n"
    for parameter in C.parameters where parameter.kind != .argument {
      text += entry(names(parameter), note(parameter))
    }
    return text + entry("-h, --help", "Show help information.")
  }

  /// The help screen of the tool.
  static func overview(_ groups: [(title: String, commands: [any ToolCommand.Type])]) -> String {
    var text = """
      OVERVIEW: Opens any file that holds a QEMU machine's state and shows what is in it.

      USAGE: \(tool) [<subcommand>] <file> ...

      OPTIONS:
      \(entry("--version", "Show the version."))\(entry("-h, --help", "Show help information."))
      """
    for group in groups {
      text += "\n\(group.title):\n"
      for command in group.commands {
        let isStandard = command == SummaryCommand.self
        text += entry(command.name + (isStandard ? " (default)" : ""), command.abstract)
      }
    }
    return text + """

        See '\(tool) help <subcommand>' for detailed help.

      EXIT CODES:
        0 good, 1 different or refused, 64 usage, 65 bad data, 66 no input.

      """
  }

  /// What is said about a command line that is not understood.
  static func complaint<C: ToolCommand>(_ error: UsageError, _ command: C.Type) -> String {
    var text = "Error: \(error.message)\n"
    if let help = error.help { text += "Help:  \(help)\n" }
    text += "Usage: \(usage(command))\n"
    return text + "  See '\(tool) \(C.name) --help' for more information.\n"
  }

  // MARK: Parts

  /// The usage line, broken where it is long.
  private static func usage<C: ToolCommand>(_ command: C.Type) -> String {
    let options = C.parameters.filter { $0.kind != .argument }
    let arguments = C.parameters.filter { $0.kind == .argument }
    let words = [tool, C.name] + (options + arguments).map(\.usage)
    var lines = [""]
    for word in words {
      if lines[lines.count - 1].count + word.count > width - 8 { lines.append("      ") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.joined(separator: "\n")
  }

  private static func names<Root>(_ parameter: Parameter<Root>) -> String {
    let names = parameter.names.joined(separator: ", ")
    return parameter.kind == .option ? "\(names) <\(parameter.placeholder)>" : names
  }

  private static func note<Root>(_ parameter: Parameter<Root>) -> String {
    var notes: [String] = []
    if !parameter.choices.isEmpty {
      notes.append("values: \(parameter.choices.joined(separator: ", "))")
    }
    if let standard = parameter.standard { notes.append("default: \(standard)") }
    if parameter.isRepeated { notes.append("repeatable") }
    return parameter.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }

  /// A name and its help, wrapped beside it.
  private static func entry(_ name: String, _ help: String) -> String {
    let indent = String(repeating: " ", count: column)
    var lines = ["  " + name]
    if lines[0].count + 1 < column {
      lines[0] += String(repeating: " ", count: column - lines[0].count)
    } else {
      lines.append(indent)
    }
    for word in help.split(whereSeparator: \.isWhitespace) {
      let isFresh = lines[lines.count - 1].last == " "
      if !isFresh, lines[lines.count - 1].count + 1 + word.count > width { lines.append(indent) }
      lines[lines.count - 1] += (lines[lines.count - 1].last == " " ? "" : " ") + word
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
