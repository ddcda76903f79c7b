import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A fresh folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/vmstate-test-XXXXXX".utf8CString)
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

  /// The path of a name in the folder.
  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Names in the folder, sorted.
  var names: [String] { Self.names(path) }

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

  /// Makes or overwrites a file.
  func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o644) {
    let number = open(self(name), O_WRONLY | O_CREAT | O_TRUNC, mode)
    precondition(number >= 0, "cannot make a file")
    precondition(bytes.withUnsafeBytes { systemWrite(number, $0) } == bytes.count)
    fchmod(number, mode)
    close(number)
  }

  /// A file's content; nil if there is none.
  func content(_ name: String) -> [UInt8]? {
    let number = open(self(name), O_RDONLY)
    guard number >= 0 else { return nil }
    defer { close(number) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(number, &piece, piece.count)
      if count <= 0 { return bytes }
      bytes += piece.prefix(count)
    }
  }

  /// Permission bits of a file.
  func mode(_ name: String) -> mode_t {
    var status = stat()
    precondition(stat(self(name), &status) == 0)
    return status.st_mode & 0o7777
  }
}

private func systemWrite(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(number, bytes.baseAddress, bytes.count)
}
