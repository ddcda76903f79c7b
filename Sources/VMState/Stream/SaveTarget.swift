#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What stands at the path of a save.
enum SaveTarget {
  /// A regular file or nothing: it is replaced as a whole.
  case replaceable(SavePlace)
  /// A FIFO, a device, a terminal: it is written directly.
  case direct(FilePath)

  /// Looks what is there and follows links.
  ///
  /// - Throws: `channelFailed`.
  static func find(_ text: String) throws(VMStateError) -> SaveTarget {
    let path = try FilePath(text)
    var status = stat()
    let result = SystemCall.repeated { Int(stat(path.terminated, &status)) }
    if result < 0, result != -Int(ENOENT) { throw .system("cannot save to \(text)", result) }
    if result == 0 {
      switch Descriptor.kind(of: status) {
      case .regular: break
      case .directory: throw .system("cannot save to \(text)", -Int(EISDIR))
      case .pipe, .socket, .device: return .direct(path)
      }
    }
    return .replaceable(try place(of: path))
  }

  /// The place behind links. They are read one by one, so the result is compared with what
  /// the system finds; another save that ends in between makes a difference for a moment.
  private static func place(of path: FilePath) throws(VMStateError) -> SavePlace {
    for _ in 0..<16 {
      let end = try path.followingLinks()
      let place = try SavePlace(end)
      if end == path || place.isFound(at: path) { return place }
    }
    throw VMStateError(.channelFailed, "cannot find the file behind \(path.text)")
  }
}

/// The folder and name of a file that is to be replaced.
final class SavePlace: Sendable {
  /// The open folder: all calls go through it, so that it may be moved meanwhile.
  let folder: Int32
  /// The name in the folder.
  let name: FilePath
  /// The whole path, for messages.
  let text: String
  /// What stands there, to be replaced; nil if nothing does.
  let found: stat?

  fileprivate init(_ path: FilePath) throws(VMStateError) {
    name = path.name
    text = path.text
    guard !name.bytes.isEmpty else { throw .system("cannot save to \(path.text)", -Int(EISDIR)) }
    let number = SystemCall.open(path.folder.terminated, O_RDONLY | O_DIRECTORY)
    guard number >= 0 else { throw .system("cannot open the folder of \(path.text)", number) }
    folder = Int32(number)
    // A mode that cannot be seen could not be kept.
    let result = Self.status(name.terminated, in: folder)
    guard result.number == 0 || result.number == -Int(ENOENT) else {
      SystemCall.close(folder)
      throw .system("cannot save to \(path.text)", result.number)
    }
    found = result.number == 0 ? result.status : nil
  }

  deinit { SystemCall.close(folder) }

  /// True if a path leads to the same file, or both to none.
  fileprivate func isFound(at path: FilePath) -> Bool {
    var status = stat()
    let result = SystemCall.repeated { Int(stat(path.terminated, &status)) }
    guard let found, result == 0 else { return found == nil && result == -Int(ENOENT) }
    return found.st_dev == status.st_dev && found.st_ino == status.st_ino
  }

  /// Removes a name from the folder.
  func remove(_ name: SystemCall.Name) { unlinkat(folder, name, 0) }

  /// Status of a name in an open folder, the link itself if it is one; and 0 or a negated
  /// error number.
  static func status(_ name: SystemCall.Name, in folder: Int32) -> (status: stat, number: Int) {
    var status = stat()
    let number = SystemCall.repeated {
      Int(fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW))
    }
    return (status, number)
  }
}
