/// Decodes compressed pages, each a zlib stream of its own.
///
/// QEMU (to 9.0): `qemu_uncompress_data`, migration/ram-compress.c.
final class PageInflater {
  private let inflater: ZlibInflater

  /// - Throws: `unsupported` if zlib is not installed, `limitExceeded` without memory.
  init() throws(VMStateError) { inflater = try ZlibInflater(.zlib) }

  /// Decodes a page into place: the stream must give exactly its bytes and then end.
  ///
  /// - Parameter offset: Where the stream's bytes begin, for messages.
  /// - Throws: `badCompression`.
  func inflate(
    _ bytes: UnsafeRawBufferPointer, into page: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(VMStateError) {
    do throws(VMStateError) {
      try inflater.reset()
      let progress = try inflater.process(bytes, into: page)
      guard progress.isFinished, progress.produced == page.count else {
        throw VMStateError(
          .badCompression, "a compressed page does not give exactly the bytes of a page",
          expected: "\(page.count) bytes",
          found: progress.isFinished ? "\(progress.produced)" : "no end of the zlib data")
      }
      guard progress.consumed == bytes.count else {
        throw VMStateError(
          .badCompression, "the zlib data of a page ends before its record",
          expected: "\(bytes.count) bytes", found: "\(progress.consumed)")
      }
    } catch {
      throw error.at(offset)
    }
  }
}
