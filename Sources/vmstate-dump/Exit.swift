#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The tool's exit codes.
enum ExitCode: Int32 {
  case good = 0
  case different = 1
  case usage = 64
  case badData = 65
  case noInput = 66
}

/// Ends the process.
func exit(_ code: ExitCode) -> Never {
  fflush(nil)
  exit(code.rawValue)
}

/// Writes a line to standard error.
func complain(_ text: String) {
  var line = "vmstate-dump: \(text)\n"
  line.withUTF8 { utf8 in
    var done = 0
    while done < utf8.count {
      let written = write(STDERR_FILENO, utf8.baseAddress! + done, utf8.count - done)
      guard written > 0 else { return }
      done += written
    }
  }
}
