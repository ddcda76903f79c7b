import VMState

/// A temporary file for pages that no file holds as they are. It is made when the first page
/// comes and is gone with this object.
final class PageSpool {
  private let folder: String
  private var channel: AtomicFileChannel?
  private var end: UInt64 = 0

  init(folder: String) { self.folder = folder }

  deinit { channel?.abort() }

  /// Puts a page behind the others; returns its position.
  func append(_ bytes: UnsafeRawBufferPointer) throws(VMStateError) -> UInt64 {
    let position = end
    try put(bytes, at: position)
    end += UInt64(bytes.count)
    return position
  }

  /// Puts a page over an older version.
  func put(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(VMStateError) {
    try open().writeFully(bytes, at: position)
  }

  /// Reads a page.
  func read(into bytes: UnsafeMutableRawBufferPointer, at position: UInt64) throws(VMStateError) {
    try open().readFully(into: bytes, at: position)
  }

  private func open() throws(VMStateError) -> AtomicFileChannel {
    if let channel { return channel }
    let new = try AtomicFileChannel(savingTo: folder + "/vmstate-pages")
    channel = new
    return new
  }
}

extension ByteChannel {
  /// Writes all bytes at a position.
  func writeFully(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) {
    var done = 0
    while done < bytes.count {
      let count = try write(
        UnsafeRawBufferPointer(rebasing: bytes[done...]), at: position + UInt64(done))
      guard count > 0 else { throw VMStateError(.channelFailed, "the channel took no bytes") }
      done += count
    }
  }

  /// Fills the memory from a position.
  ///
  /// - Throws: `endOfStream` if there is less.
  func readFully(
    into bytes: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) {
    var done = 0
    while done < bytes.count {
      let count = try read(
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]),
        at: position + UInt64(done))
      guard count > 0 else {
        throw VMStateError(
          .endOfStream, "the file ends inside a page", offset: position + UInt64(done))
      }
      done += count
    }
  }
}
