/// The tool's exit codes.
enum ExitCode: Int32 {
  /// Nothing is wrong.
  case good = 0
  /// Two things differ, or something is refused.
  case different = 1
  /// The command line is not understood.
  case usage = 64
  /// The data is damaged.
  case badData = 65
  /// A file cannot be opened or read.
  case noInput = 66
}
