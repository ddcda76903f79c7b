#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A path as the system sees it: bytes without a zero, not necessarily text.
struct FilePath: Equatable {
  /// Most symbolic links that are followed one after another.
  private static let maximumLinks = 40

  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// - Throws: `channelFailed` for an empty path or one with a zero byte, which the system
  ///   would cut short.
  init(_ text: String) throws(VMStateError) {
    bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw .system("an empty path", -Int(ENOENT)) }
    guard !bytes.contains(0) else { throw .system("a path with a zero byte", -Int(EINVAL)) }
  }

  /// With a terminator, for system calls.
  var terminated: SystemCall.Name { bytes.map { CChar(bitPattern: $0) } + [0] }

  /// For messages.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  private var lastSlash: Int? { bytes.lastIndex(of: UInt8(ascii: "/")) }

  /// The folder, with its slash; `.` for a bare name.
  var folder: FilePath {
    guard let lastSlash else { return FilePath(bytes: [UInt8(ascii: ".")]) }
    return FilePath(bytes: Array(bytes[...lastSlash]))
  }

  /// What stands behind the last slash.
  var name: FilePath {
    guard let lastSlash else { return self }
    return FilePath(bytes: Array(bytes[(lastSlash + 1)...]))
  }

  /// The path that the last part leads to when it is a symbolic link, link by link; nothing
  /// need exist at the end.
  ///
  /// - Throws: `channelFailed` for links that lead in a circle.
  func followingLinks() throws(VMStateError) -> FilePath {
    var path = self
    for _ in 0..<Self.maximumLinks {
      guard let target = path.linkTarget else { return path }
      let isAbsolute = target.first == UInt8(ascii: "/")
      let folder = path.lastSlash.map { path.bytes[...$0] } ?? []
      path = FilePath(bytes: isAbsolute ? target : folder + target)
    }
    throw .system("cannot follow \(text)", -Int(ELOOP))
  }

  private var linkTarget: [UInt8]? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let count = readlink(terminated, base, buffer.count)
      // A full buffer may be a cut path, which leads elsewhere.
      guard count > 0, count < buffer.count else { return nil }
      return buffer[..<count].map { UInt8(bitPattern: $0) }
    }
  }
}
