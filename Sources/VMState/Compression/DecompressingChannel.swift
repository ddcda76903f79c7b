/// A channel that reads what another one has in compressed form, in order and in bounded memory.
///
/// Members, frames or streams that follow each other are one run of bytes. Zeros behind the
/// last one are padding; anything else there is left unread and noted.
public final class DecompressingChannel: ByteChannel, @unchecked Sendable {
  // Used by one thread; `shutdown` touches only the source.
  private let source: any ByteChannel
  private let decoder: any StreamDecoder
  private var input = CompressedInput()
  private var state = State.between
  private var failure: VMStateError?

  /// The format.
  public let format: CompressionFormat
  /// Something other than zeros stands behind the last member, frame or stream.
  public private(set) var hasTrailingData = false

  private enum State {
    /// Before a member, frame or stream.
    case between
    case inside
    case ended
  }

  /// Reads from a channel's present position on.
  ///
  /// - Parameter memoryLimit: Most memory for the decoder's window, in bytes.
  /// - Throws: `unsupported` without the library, `limitExceeded` without memory.
  public init(
    over source: any ByteChannel, format: CompressionFormat,
    memoryLimit: Int = DecompressionLimits.defaultMemory
  ) throws(VMStateError) {
    self.source = source
    self.format = format
    decoder = try format.makeDecoder(memoryLimit: memoryLimit)
  }

  /// Shutdown, if the source can.
  public var capabilities: ChannelCapabilities {
    source.capabilities.intersection(.shutdown)
  }

  /// Decodes the next bytes; 0 at the end.
  ///
  /// - Throws: `endOfStream` for data that was cut, `badCompression`, `limitExceeded`, the
  ///   source's errors; the offset is that in the compressed data. Every later read throws the
  ///   same.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    if let failure { throw failure }
    guard buffer.count > 0 else { return 0 }
    do throws(VMStateError) {
      return try decodeSome(into: buffer)
    } catch {
      let named = error.at(input.position).within(format.rawValue)
      failure = named
      throw named
    }
  }

  private func decodeSome(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> Int {
    while true {
      if state == .between { try begin() }
      if state == .ended { return 0 }
      let step = try input.bytes.withRange { bytes throws(VMStateError) in
        try decoder.process(bytes, into: buffer)
      }
      input.take(step.consumed)
      if step.isFinished { state = .between }
      if step.produced > 0 { return step.produced }
      if step.isFinished || step.consumed > 0 { continue }
      guard try input.fill(from: source) else {
        throw VMStateError(
          .endOfStream, "the compressed data ends too early", expected: "more bytes",
          found: "end of data")
      }
    }
  }

  /// Finds out whether another member, frame or stream follows.
  private func begin() throws(VMStateError) {
    let isFirst = input.position == 0
    if isFirst {
      state = .inside
      return
    }
    state = .ended
    guard format != .deflate, format != .zlib else {
      hasTrailingData = try input.fill(upTo: 1, from: source)
      return
    }
    while try input.fill(upTo: format.magic.count, from: source) || input.bytes.count > 0 {
      if startsMember {
        try decoder.reset()
        state = .inside
        return
      }
      guard input.bytes.first == 0 else {
        hasTrailingData = true
        return
      }
      input.take(1)
    }
  }

  private var startsMember: Bool {
    let start = input.bytes.prefix(16)
    if start.starts(with: format.magic) { return true }
    return format == .zstd && CompressionFormat.isSkippableFrame(start)
  }

  /// Fails with `unsupported`: compressed data is only read.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "compressed data is only read")
  }

  /// Makes all present and later reads fail.
  public func shutdown() { source.shutdown() }

  /// Closes the source.
  public func close() throws(VMStateError) { try source.close() }
}
