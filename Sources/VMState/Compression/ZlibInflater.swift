/// Decodes deflate, zlib or gzip with zlib, piece by piece; its history lives as long as it.
///
/// One that is kept across the packets of a channel decodes what a `ZlibDeflater` with
/// `sync` flushes wrote: the packets share their history.
///
/// QEMU: migration/multifd-zlib.c.
public final class ZlibInflater: StreamDecoder, @unchecked Sendable {
  // Used by one thread at a time. On the heap: the library keeps the address.
  private let stream: UnsafeMutablePointer<ZlibStream>
  private let library: ZlibLibrary
  private let format: CompressionFormat

  /// Makes a decoder.
  ///
  /// - Parameter format: `deflate`, `zlib` or `gzip`.
  /// - Throws: `unsupported` for another format, or if zlib is not installed;
  ///   `limitExceeded` without memory.
  public init(_ format: CompressionFormat) throws(VMStateError) {
    let bits = try Self.windowBits(format)
    let library = try ZlibLibrary.shared()
    let stream = UnsafeMutablePointer<ZlibStream>.allocate(capacity: 1)
    stream.initialize(to: ZlibStream())
    let result = library.inflateInit(
      stream, bits, library.version(), Int32(MemoryLayout<ZlibStream>.size))
    guard result == ZlibLibrary.ok else {
      stream.deallocate()
      throw ZlibLibrary.failure("zlib cannot start", result)
    }
    (self.library, self.stream, self.format) = (library, stream, format)
  }

  deinit {
    _ = library.inflateEnd(stream)
    stream.deallocate()
  }

  /// What zlib calls the format: the window's bits, with a sign or an addend.
  static func windowBits(_ format: CompressionFormat) throws(VMStateError) -> Int32 {
    switch format {
    case .deflate: -15
    case .zlib: 15
    case .gzip: 15 + 16
    case .zstd, .bzip2, .xz, .lzop:
      throw VMStateError(.unsupported, "zlib cannot do \(format.rawValue)")
    }
  }

  /// Decodes some bytes.
  ///
  /// - Returns: How far it came; neither consumed nor produced anything when it needs more
  ///   input or more room. Finished at the end of the deflate, zlib or gzip data.
  /// - Throws: `badCompression`.
  public func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress {
    let (given, room) = stream.pointee.set(input, output)
    let result = library.inflate(stream, 0)
    let consumed = given - Int(stream.pointee.availableIn)
    let produced = room - Int(stream.pointee.availableOut)
    switch result {
    case ZlibLibrary.ok, ZlibLibrary.noProgress:
      return CodingProgress(consumed: consumed, produced: produced, isFinished: false)
    case ZlibLibrary.streamEnd:
      return CodingProgress(consumed: consumed, produced: produced, isFinished: true)
    case ZlibLibrary.noMemory: throw ZlibLibrary.failure("zlib has no memory", result)
    default:
      throw VMStateError(
        .badCompression, "the \(format.rawValue) data is damaged",
        found: stream.pointee.problem ?? "error \(result)")
    }
  }

  /// Forgets the history: other data begins.
  public func reset() throws(VMStateError) {
    let result = library.inflateReset(stream)
    guard result == ZlibLibrary.ok else {
      throw ZlibLibrary.failure("zlib cannot start again", result)
    }
  }
}
