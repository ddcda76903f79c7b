import VMState
import VMStateInspect

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a command shows what it found.
final class Console {
  /// Standard output.
  let out = StandardOutput()
  /// How text is decorated: with colours on a terminal, unless `NO_COLOR` is set.
  private(set) lazy var style = TextStyle(isColoured: out.isTerminal && Self.wantsColour)
  /// The same for standard error.
  private(set) lazy var errorStyle = TextStyle(
    isColoured: Self.isErrorTerminal && Self.wantsColour)

  private static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  private static var wantsColour: Bool {
    if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
    guard let terminal = getenv("TERM") else { return false }
    return strcmp(terminal, "dumb") != 0
  }

  /// Writes lines.
  func show(_ lines: [String]) {
    for line in lines { out.line(line) }
  }

  /// Writes a JSON document.
  func show(_ value: JSONValue) { out.line(value.prettyText()) }

  /// Writes to standard error, behind what standard output has so far.
  func complain(_ text: String) {
    out.flush()
    StandardOutput.complain(text)
  }

  /// Writes a sentence to standard error.
  func remark(_ text: String) { complain("vmstate-dump: \(text)\n") }

  /// A channel that says on standard error how far its reader is, if that is a terminal.
  func watched(_ channel: any ByteChannel, _ name: String) -> any ByteChannel {
    Self.isErrorTerminal ? ProgressChannel(channel, name) : channel
  }

  /// Runs a command; its error is shown.
  func run(_ command: some ToolCommand) -> ExitCode {
    do throws(VMStateError) {
      return try command.run(self)
    } catch {
      remark(errorStyle.bad("error: ") + PrintableText.escaped("\(error)"))
      switch error.code {
      case .channelFailed, .fileTruncated: return .noInput
      case .refused: return .different
      default: return .badData
      }
    }
  }

  /// Ends the process.
  func exit(_ code: ExitCode) -> Never {
    out.flush()
    fflush(nil)
    _exit(code.rawValue)
  }
}

extension VMStateError.Code {
  /// The tool will not do that.
  static let refused = Self("refused")
}
