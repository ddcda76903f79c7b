import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that commands write; they appear when they are complete.
enum OutputFile {
  /// Begins a file; `-` is standard output.
  ///
  /// - Throws: `refused`.
  static func open(_ path: String) throws(VMStateError) -> any ByteChannel {
    do throws(VMStateError) {
      if path == "-" {
        guard isatty(STDOUT_FILENO) == 0 else {
          throw VMStateError(.refused, "raw bytes are not written to a terminal")
        }
        return try FileDescriptorChannel(STDOUT_FILENO, .borrowed, name: "standard output")
      }
      return try AtomicFileChannel(savingTo: path)
    } catch {
      throw VMStateError(.refused, "cannot write \(path)", cause: error)
    }
  }

  /// Completes a file.
  ///
  /// - Throws: `refused`.
  static func close(_ channel: any ByteChannel) throws(VMStateError) {
    do throws(VMStateError) {
      try channel.close()
    } catch {
      throw VMStateError(.refused, "the output is incomplete", cause: error)
    }
  }

  /// Makes a folder unless it is there.
  ///
  /// - Throws: `refused`.
  static func makeFolder(_ path: String) throws(VMStateError) {
    if mkdir(path, 0o755) == 0 { return }
    var status = stat()
    guard errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw VMStateError(
        .refused, "cannot make the folder \(path)", cause: nil)
    }
  }
}
