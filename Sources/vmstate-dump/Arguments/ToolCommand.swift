import VMState

/// A command of the tool: what it is called, what it takes, and what it does.
///
/// A command is a plain struct. Its parameters name the properties that they fill; parser,
/// usage line and help screen are made of them.
protocol ToolCommand {
  /// The word on the command line.
  static var name: String { get }
  /// One line for the list of commands.
  static var abstract: String { get }
  /// Paragraphs for the command's own help, each broken into lines already.
  static var discussion: String { get }
  /// Arguments and options, in the order of the help screen.
  static var parameters: [Parameter<Self>] { get }

  init()

  /// Checks what no single parameter can.
  ///
  /// - Throws: `UsageError`.
  func validate() throws(UsageError)

  /// Does the work.
  ///
  /// - Returns: `good` or `different`.
  /// - Throws: What makes the tool end with `badData` or `noInput`.
  func run(_ console: Console) throws(VMStateError) -> ExitCode
}

extension ToolCommand {
  static var discussion: String { "" }
  func validate() throws(UsageError) {}

  /// Takes the words behind the command's name, and runs it.
  static func start(_ words: [String], _ console: Console) -> ExitCode {
    do throws(UsageError) {
      let parser = ArgumentParser(Self.parameters)
      var command = Self()
      guard try parser.parse(words, into: &command) else {
        console.out.write(HelpText.screen(Self.self))
        return .good
      }
      try command.validate()
      return console.run(command)
    } catch {
      console.complain(HelpText.complaint(error, Self.self))
      return .usage
    }
  }
}

/// A command line that is not understood.
struct UsageError: Error {
  /// What is wrong, one sentence without a full stop.
  var message: String
  /// The parameter whose help is shown with it.
  var help: String?

  init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }
}
