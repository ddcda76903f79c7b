#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output with a buffer of its own.
///
/// A reader that has gone away ends the process as it ends any filter: by the signal, without
/// a word.
final class StandardOutput {
  private var buffer: [UInt8] = []
  private static let room = 1 << 16

  /// True if a terminal shows it.
  let isTerminal = isatty(STDOUT_FILENO) == 1

  init() { buffer.reserveCapacity(Self.room) }

  /// Writes text.
  func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.room { flush() }
  }

  /// Writes text as bytes.
  func write(_ text: UnsafeRawBufferPointer) {
    buffer.append(contentsOf: text)
    if buffer.count >= Self.room { flush() }
  }

  /// Writes a line.
  func line(_ text: String = "") {
    buffer.append(contentsOf: text.utf8)
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= Self.room { flush() }
  }

  /// Hands everything to the system.
  func flush() {
    guard !buffer.isEmpty else { return }
    let failure = buffer.withUnsafeBytes { Self.put($0, STDOUT_FILENO) }
    buffer.removeAll(keepingCapacity: true)
    guard failure != 0 else { return }
    if failure == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    let reason = String(cString: strerror(failure))
    Self.complain("vmstate-dump: cannot write the output: \(reason)\n")
    _exit(ExitCode.different.rawValue)
  }

  /// Writes to standard error.
  static func complain(_ text: String) {
    var text = text
    text.withUTF8 { _ = put(UnsafeRawBufferPointer($0), STDERR_FILENO) }
  }

  /// Writes everything; the error number, or 0.
  private static func put(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      let base = bytes.baseAddress! + done
      #if canImport(Glibc)
        let written = Glibc.write(descriptor, base, bytes.count - done)
      #else
        let written = Darwin.write(descriptor, base, bytes.count - done)
      #endif
      if written > 0 {
        done += written
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
