/// Encodes deflate, zlib or gzip with zlib, piece by piece; its history lives as long as it.
///
/// QEMU: migration/multifd-zlib.c (one for each channel, a `sync` flush after each packet).
public final class ZlibDeflater: @unchecked Sendable {
  // Used by one thread at a time. On the heap: the library keeps the address.
  private let stream: UnsafeMutablePointer<ZlibStream>
  private let library: ZlibLibrary

  /// Makes an encoder.
  ///
  /// - Parameters:
  ///   - format: `deflate`, `zlib` or `gzip`.
  ///   - level: 0 (none) to 9 (best), -1 for the library's choice.
  /// - Throws: `unsupported` for another format, or if zlib is not installed;
  ///   `valueOutOfRange` for a level that does not exist; `limitExceeded` without memory.
  public init(_ format: CompressionFormat, level: Int = -1) throws(VMStateError) {
    let bits = try ZlibInflater.windowBits(format)
    guard level >= -1, level <= 9 else {
      throw VMStateError(
        .valueOutOfRange, "zlib has no such level", expected: "-1 to 9", found: "\(level)")
    }
    let library = try ZlibLibrary.shared()
    let stream = UnsafeMutablePointer<ZlibStream>.allocate(capacity: 1)
    stream.initialize(to: ZlibStream())
    let result = library.deflateInit(
      stream, Int32(level), ZlibLibrary.deflated, bits, ZlibLibrary.memoryLevel, 0,
      library.version(), Int32(MemoryLayout<ZlibStream>.size))
    guard result == ZlibLibrary.ok else {
      stream.deallocate()
      throw ZlibLibrary.failure("zlib cannot start", result)
    }
    (self.library, self.stream) = (library, stream)
  }

  deinit {
    _ = library.deflateEnd(stream)
    stream.deallocate()
  }

  /// Encodes some bytes.
  ///
  /// - Parameter flush: Ask for it again, with what is left of the input, until finished.
  /// - Returns: How far it came. Finished when all input is taken and everything that `flush`
  ///   asks for is in the output.
  /// - Throws: `limitExceeded` if the library fails.
  public func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    flush: CodingFlush
  ) throws(VMStateError) -> CodingProgress {
    let (given, room) = stream.pointee.set(input, output)
    let result = library.deflate(stream, ZlibLibrary.number(of: flush))
    let consumed = given - Int(stream.pointee.availableIn)
    let produced = room - Int(stream.pointee.availableOut)
    guard result >= 0 || result == ZlibLibrary.noProgress else {
      throw ZlibLibrary.failure("zlib cannot compress", result)
    }
    // A flush is complete when it leaves room.
    let isDone =
      flush == .finish
      ? result == ZlibLibrary.streamEnd
      : consumed == input.count && (flush == .none || produced < room)
    return CodingProgress(consumed: consumed, produced: produced, isFinished: isDone)
  }

  /// Forgets the history: other data begins.
  public func reset() throws(VMStateError) {
    let result = library.deflateReset(stream)
    guard result == ZlibLibrary.ok else {
      throw ZlibLibrary.failure("zlib cannot start again", result)
    }
  }
}
