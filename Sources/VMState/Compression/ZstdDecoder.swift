/// Decodes zstd frames, piece by piece; its history lives as long as the frame.
///
/// QEMU: migration/multifd-zstd.c.
public final class ZstdDecoder: StreamDecoder, @unchecked Sendable {
  // Used by one thread at a time.
  private let context: UnsafeMutableRawPointer
  private let library: ZstdLibrary

  /// Makes a decoder.
  ///
  /// - Parameter memoryLimit: Most memory for a frame's window, in bytes; rounded down to a
  ///   power of two.
  /// - Throws: `unsupported` if zstd is not installed, `limitExceeded` without memory.
  public init(
    memoryLimit: Int = DecompressionLimits.defaultMemory
  ) throws(VMStateError) {
    let library = try ZstdLibrary.shared()
    guard let context = library.createDecoder() else {
      throw VMStateError(.limitExceeded, "zstd has no memory")
    }
    (self.library, self.context) = (library, context)
    // The format's own bounds are 10 and 31.
    let bits = min(31, max(10, Int.bitWidth - 1 - max(1, memoryLimit).leadingZeroBitCount))
    if let problem = library.problem(
      library.setDecoder(context, ZstdLibrary.largestWindow, Int32(bits)))
    {
      throw VMStateError(.limitExceeded, "zstd cannot start", found: problem)
    }
  }

  deinit { _ = library.freeDecoder(context) }

  /// Decodes some bytes.
  ///
  /// - Returns: How far it came; neither consumed nor produced anything when it needs more
  ///   input or more room. Finished at the end of a frame; the next one may follow at once.
  /// - Throws: `badCompression`, also for a window above the memory limit.
  public func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress {
    var source = ZstdBuffer(input)
    var target = ZstdBuffer(UnsafeRawBufferPointer(output))
    let result = library.decompress(context, &target, &source)
    if let problem = library.problem(result) {
      throw VMStateError(.badCompression, "the zstd data cannot be decoded", found: problem)
    }
    return CodingProgress(
      consumed: source.position, produced: target.position,
      // Without input the answer is about a frame that has not begun.
      isFinished: result == 0 && source.position + target.position > 0)
  }

  /// Forgets a frame that was begun.
  public func reset() throws(VMStateError) {
    _ = library.resetDecoder(context, ZstdLibrary.resetSession)
  }
}
