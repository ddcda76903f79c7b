#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A channel of a regular file that can be opened once more, so that several threads move its
/// pages at a time.
public protocol PagedFile: ByteChannel {
  /// Opens one more descriptor of the same file.
  ///
  /// - Parameter isDirect: Past the system's cache; this channel itself stays as it is.
  /// - Throws: `channelFailed`; `unsupported` if this is no regular file, or where the file
  ///   system does no direct I/O.
  func pageChannel(isDirect: Bool) throws(VMStateError) -> PageFileChannel
}

extension AtomicFileChannel: PagedFile {
  /// Opens one more descriptor of the new file, for writing.
  ///
  /// The commit takes its pages to the disk as well. A write that fails there makes the commit
  /// impossible.
  ///
  /// - Throws: `channelFailed`; `unsupported` if no regular file is written, or where the file
  ///   system does no direct I/O.
  public func pageChannel(isDirect: Bool = false) throws(VMStateError) -> PageFileChannel {
    guard let replacement else {
      throw VMStateError(
        .unsupported, "\(descriptor.name) is no regular file: pages have no places in it")
    }
    return try .opened(
      descriptor.name, isDirect: isDirect, calls: calls, failed: { [weak self] in self?.spoil() }
    ) { flag in
      SystemCall.open(
        replacement.file, in: replacement.place.folder, O_WRONLY | O_NOFOLLOW | flag)
    }
  }
}

extension FileChannel: PagedFile {
  /// Opens one more descriptor of the file, for reading.
  ///
  /// - Throws: `channelFailed`, also if the path names another file by now; `unsupported` if it
  ///   is no regular file, or where the file system does no direct I/O.
  public func pageChannel(isDirect: Bool = false) throws(VMStateError) -> PageFileChannel {
    let name = try FilePath(path)
    var found = false
    let channel = try PageFileChannel.opened(path, isDirect: isDirect) { flag in
      let number = SystemCall.open(name.terminated, O_RDONLY | O_NOCTTY | O_NONBLOCK | flag)
      if number >= 0 { found = isSame(Int32(number)) }
      return number
    }
    guard found else {
      throw VMStateError(.channelFailed, "\(path) names another file than when it was opened")
    }
    return channel
  }
}
