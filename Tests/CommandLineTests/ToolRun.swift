import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A run of the built tool in a folder of its own.
struct ToolRun {
  let status: Int32
  let output: String
  let errors: String

  /// The tool, beside the test runner.
  static let path: String = {
    let own = CommandLine.arguments[0]
    var folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    while !folder.isEmpty {
      let candidate = folder.joined(separator: "/") + "/vmstate-dump"
      if access(candidate, X_OK) == 0 { return candidate }
      folder = folder.dropLast()
    }
    return "vmstate-dump"
  }()

  /// Runs the tool.
  ///
  /// - Parameters:
  ///   - script: Shell text around the call, `"$@"`; for pipes.
  init(
    _ arguments: [String], in folder: ToolFolder, script: String = "exec \"$@\"",
    input: String = "/dev/null"
  ) throws {
    let (out, err) = (folder("stdout.capture"), folder("stderr.capture"))
    let shell =
      "cd \"$1\" && shift && (\(script)) < \(input) > \"\(out)\" 2> \"\(err)\""
    var child = pid_t()
    let words = ["/bin/sh", "-c", shell, "sh", folder.path, Self.path] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    // The environment decides about colours: it is a plain one.
    var environment: [UnsafeMutablePointer<CChar>?] = [
      strdup("PATH=/usr/bin:/bin"), strdup("TERM=xterm"), nil,
    ]
    defer { for pointer in environment { free(pointer) } }
    let failure = posix_spawn(&child, "/bin/sh", nil, nil, &pointers, &environment)
    try #require(failure == 0, "cannot start a shell")
    var result: Int32 = 0
    while waitpid(child, &result, 0) < 0 { try #require(errno == EINTR) }
    status = result & 0x7F == 0 ? (result >> 8) & 0xFF : 128 + (result & 0x7F)
    output = String(decoding: folder.content("stdout.capture"), as: UTF8.self)
    errors = String(decoding: folder.content("stderr.capture"), as: UTF8.self)
  }
}

/// A fresh folder for the files of one test.
final class ToolFolder {
  let path: String

  init() {
    var template = Array("/tmp/vmstate-dump-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    for name in names(path) {
      let inner = path + "/" + name
      if unlink(inner) != 0 { remove(inner) }
    }
    rmdir(path)
  }

  private static func names(_ path: String) -> [String] {
    guard let listing = opendir(path) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The path of a name in the folder.
  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Names in the folder or one below, sorted, without the captured output.
  func names(_ inner: String = "") -> [String] {
    Self.names(inner.isEmpty ? path : self(inner)).filter { !$0.hasSuffix(".capture") }
  }

  /// Makes a file and returns its name.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) -> String {
    guard let file = fopen(self(name), "wb") else { preconditionFailure("cannot make \(name)") }
    precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
    return name
  }

  /// A file's bytes; none if it is not there.
  func content(_ name: String) -> [UInt8] {
    guard let file = fopen(self(name), "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&piece, 1, piece.count, file)
      if count == 0 { return bytes }
      bytes += piece.prefix(count)
    }
  }
}
