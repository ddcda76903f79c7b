import VMState

/// Takes bytes and compares them with those of another channel at the same positions.
///
/// Writing is never refused: the first difference is kept.
public final class ComparingChannel: ByteChannel, @unchecked Sendable {
  // Used by one thread.
  private let original: any ByteChannel
  private var position: UInt64 = 0
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  /// Where the first byte differs, with both bytes; `expected` is nil behind the original's end.
  public private(set) var difference: (offset: UInt64, expected: UInt8?, found: UInt8)?

  /// Compares with a channel that has positions.
  public init(with original: any ByteChannel) { self.original = original }

  /// Positions.
  public var capabilities: ChannelCapabilities { .positioned }

  /// Nothing to read.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  /// Compares.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    var total = 0
    for span in spans {
      try compare(UnsafeRawBufferPointer(start: span.base, count: span.count))
      total += span.count
    }
    return total
  }

  /// Goes on at another position.
  public func seek(to position: UInt64) throws(VMStateError) { self.position = position }

  private func compare(_ bytes: UnsafeRawBufferPointer) throws(VMStateError) {
    var done = 0
    while done < bytes.count, difference == nil {
      let piece = UnsafeRawBufferPointer(
        rebasing: bytes[done..<min(bytes.count, done + buffer.count)])
      try compare(piece: piece, at: position + UInt64(done))
      done += piece.count
    }
    position += UInt64(bytes.count)
  }

  private func compare(
    piece: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) {
    let count = try original.readFully(into: &buffer, at: position)
    let isEqual =
      count >= piece.count
      && buffer.withUnsafeBytes {
        UnsafeRawBufferPointer(rebasing: $0[..<piece.count]).elementsEqual(piece)
      }
    if isEqual { return }
    for (index, byte) in piece.enumerated() where index >= count || buffer[index] != byte {
      difference = (position + UInt64(index), index < count ? buffer[index] : nil, byte)
      return
    }
  }
}
