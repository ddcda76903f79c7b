import VMState

extension PieceWalker {
  /// Takes the rest of a stream without positions into memory: the description, by which its
  /// sections can be read, stands behind them. The pages have passed by then.
  mutating func holdTail(_ reader: inout StreamReader) throws(VMStateError) {
    let first = reader.position
    var bytes: [UInt8] = []
    while true {
      let piece = try reader.peek(StreamReader.bufferSize)
      guard !piece.isEmpty else { break }
      guard bytes.count + piece.count <= options.heldTail else {
        throw VMStateError(
          .limitExceeded,
          "too much follows the first section that needs the description; "
            + "give the stream as a file", offset: first,
          expected: "at most \(options.heldTail) bytes")
      }
      bytes.append(contentsOf: piece)
      reader.advance(piece.count)
    }
    let found = DescriptionLocator.search(bytes, base: first, options.limits)
    if let found { layouts.add(own: found.description) }
    channel = HeldTail(bytes, first: first)
    heldFrom = first
    reader = StreamReader(channel, offset: first)
  }
}

/// The end of a stream in memory, at its positions in the stream.
private final class HeldTail: ByteChannel {
  private let inner: MemoryChannel
  private let first: UInt64
  let size: UInt64?

  init(_ bytes: [UInt8], first: UInt64) {
    inner = MemoryChannel(bytes)
    self.first = first
    size = first + UInt64(bytes.count)
  }

  var capabilities: ChannelCapabilities { .positioned }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try inner.read(into: buffer)
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try inner.read(into: buffer, at: relative(position))
  }

  func seek(to position: UInt64) throws(VMStateError) { try inner.seek(to: relative(position)) }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel is only read")
  }

  private func relative(_ position: UInt64) throws(VMStateError) -> UInt64 {
    guard position >= first else {
      throw VMStateError(
        .unsupported, "what has passed cannot be read again", offset: position)
    }
    return position - first
  }
}
