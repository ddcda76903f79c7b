extension CompressionFormat {
  /// Decodes a whole piece of a known length.
  ///
  /// - Parameters:
  ///   - input: The compressed bytes; what stands behind the end is ignored.
  ///   - output: Filled completely; what the data would have after that is ignored.
  /// - Throws: `badCompression` for damaged data or data that gives fewer bytes, `unsupported`
  ///   without the library, `limitExceeded` without memory.
  public func decode(
    _ input: UnsafeRawBufferPointer, filling output: UnsafeMutableRawBufferPointer,
    memoryLimit: Int = DecompressionLimits.defaultMemory
  ) throws(VMStateError) {
    let decoder = try makeDecoder(memoryLimit: memoryLimit)
    var (taken, made) = (0, 0)
    while made < output.count {
      let step = try decoder.process(
        UnsafeRawBufferPointer(rebasing: input[taken...]),
        into: UnsafeMutableRawBufferPointer(rebasing: output[made...]))
      taken += step.consumed
      made += step.produced
      if made == output.count { return }
      if step.isFinished, self != .deflate, self != .zlib, taken < input.count {
        try decoder.reset()
      } else if step.isFinished || (step.consumed == 0 && step.produced == 0) {
        throw VMStateError(
          .badCompression, "the \(rawValue) data gives too few bytes",
          expected: "\(output.count) bytes", found: "\(made)")
      }
    }
  }

  /// Decodes a whole piece of a known length into an array.
  ///
  /// - Parameter count: The bytes that come out; checked by the caller against what is possible.
  /// - Throws: As `decode(_:filling:memoryLimit:)`.
  public func decode(
    _ input: UnsafeRawBufferPointer, count: Int
  ) throws(VMStateError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: VMStateError?
    bytes.withUnsafeMutableBytes { output in
      do throws(VMStateError) {
        try decode(input, filling: output)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// A decoder that starts with the first byte.
  func makeDecoder(memoryLimit: Int) throws(VMStateError) -> any StreamDecoder {
    switch self {
    case .gzip, .zlib, .deflate: try ZlibInflater(self)
    case .zstd: try ZstdDecoder(memoryLimit: memoryLimit)
    case .bzip2: try BzipDecoder()
    case .xz: try XZDecoder(memoryLimit: memoryLimit)
    case .lzop: LzopDecoder()
    }
  }
}
