#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The program's exit codes.
enum ExitCode: Int32 {
  case good = 0
  case failed = 1
  case usage = 64
  case badData = 65
}

/// Ends the process.
func exit(_ code: ExitCode) -> Never { exit(code.rawValue) }

private func put(_ text: String, to descriptor: Int32) {
  var text = text
  text.withUTF8 { utf8 in
    var done = 0
    while done < utf8.count {
      let written = write(descriptor, utf8.baseAddress! + done, utf8.count - done)
      guard written > 0 else { return }
      done += written
    }
  }
}

/// Writes a line to standard output.
func say(_ line: String = "") { put(line + "\n", to: STDOUT_FILENO) }

/// Writes a line to standard error.
func complain(_ line: String) { put("devices: \(line)\n", to: STDERR_FILENO) }

/// Waits.
func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

/// Seconds since 1970.
func timeOfDay() -> Int64 { Int64(time(nil)) }

/// Two runs of bytes are equal.
func areEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, count: Int) -> Bool {
  memcmp(left, right, count) == 0
}

/// Makes a new folder among the temporary files that only this user can read.
///
/// - Returns: nil if that is not possible.
func makeTemporaryFolder() -> String? {
  let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var path = Array("\(parent)/vmstate-XXXXXX".utf8CString)
  guard mkdtemp(&path) != nil else { return nil }
  return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// One line that changes: rewritten in place on a terminal, a new line now and then elsewhere.
struct ProgressLine {
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private var last = ""
  private var isOpen = false

  /// Shows a text.
  ///
  /// - Parameter isStep: Worth a line of its own where lines cannot be rewritten.
  mutating func show(_ text: String, isStep: Bool) {
    guard text != last else { return }
    if isTerminal {
      put("\r\u{1B}[K" + text, to: STDOUT_FILENO)
      isOpen = true
      last = text
    } else if isStep {
      say(text)
      last = text
    }
  }

  /// Leaves the line as it stands.
  mutating func end() {
    if isOpen { say() }
    isOpen = false
  }
}
