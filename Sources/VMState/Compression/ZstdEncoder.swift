/// Encodes zstd frames, piece by piece; its history lives as long as the frame.
///
/// QEMU: migration/multifd-zstd.c (one for each channel, a `sync` flush after each packet).
public final class ZstdEncoder: @unchecked Sendable {
  // Used by one thread at a time.
  private let context: UnsafeMutableRawPointer
  private let library: ZstdLibrary

  /// Makes an encoder.
  ///
  /// - Parameter level: 1 (fast) to 22 (best), 0 for the library's choice.
  /// - Throws: `unsupported` if zstd is not installed, `valueOutOfRange` for a level that does
  ///   not exist, `limitExceeded` without memory.
  public init(level: Int = 0) throws(VMStateError) {
    guard (0...22).contains(level) else {
      throw VMStateError(
        .valueOutOfRange, "zstd has no such level", expected: "0 to 22", found: "\(level)")
    }
    let library = try ZstdLibrary.shared()
    guard let context = library.createEncoder() else {
      throw VMStateError(.limitExceeded, "zstd has no memory")
    }
    (self.library, self.context) = (library, context)
    if let problem = library.problem(
      library.setEncoder(context, ZstdLibrary.level, Int32(level)))
    {
      throw VMStateError(.limitExceeded, "zstd cannot start", found: problem)
    }
  }

  deinit { _ = library.freeEncoder(context) }

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
    var source = ZstdBuffer(input)
    var target = ZstdBuffer(UnsafeRawBufferPointer(output))
    let result = library.compress(context, &target, &source, ZstdLibrary.number(of: flush))
    if let problem = library.problem(result) {
      throw VMStateError(.limitExceeded, "zstd cannot compress", found: problem)
    }
    let isTaken = source.position == input.count
    return CodingProgress(
      consumed: source.position, produced: target.position,
      isFinished: isTaken && (flush == .none || result == 0))
  }

  /// Forgets a frame that was begun.
  public func reset() throws(VMStateError) {
    _ = library.resetEncoder(context, ZstdLibrary.resetSession)
  }
}
