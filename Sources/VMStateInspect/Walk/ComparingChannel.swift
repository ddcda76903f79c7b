import VMState

/// Takes bytes and compares them with those of another channel at the same positions.
///
/// Writing is never refused: the first difference is kept.
public final class ComparingChannel: ByteChannel, @unchecked Sendable {
  // Used by one thread.
  private let original: any ByteChannel
  private var position: UInt64 = 0
  // The original's bytes around the position: `held` of them, from `base` on.
  private let window: UnsafeMutableRawBufferPointer
  private var base: UInt64 = 0
  private var held = 0
  /// Where the first byte differs, with both bytes; `expected` is nil behind the original's end.
  public private(set) var difference: (offset: UInt64, expected: UInt8?, found: UInt8)?
  /// Behind the last byte that was compared.
  public private(set) var end: UInt64 = 0

  /// Compares with a channel that has positions.
  public init(with original: any ByteChannel) {
    self.original = original
    window = .allocate(byteCount: 1 << 18, alignment: 64)
  }

  deinit { window.deallocate() }

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
      let place = position + UInt64(done)
      if place < base || place >= base + UInt64(held) { try fill(from: place) }
      let first = Int(place - base)
      let count = min(bytes.count - done, held - first)
      guard count > 0 else {
        difference = (place, nil, bytes[done])
        break
      }
      let index = ByteComparison.firstDifference(
        bytes.baseAddress! + done, window.baseAddress! + first, count)
      if let index {
        difference = (place + UInt64(index), window[first + index], bytes[done + index])
      }
      done += count
    }
    position += UInt64(bytes.count)
    end = max(end, position)
  }

  private func fill(from place: UInt64) throws(VMStateError) {
    base = place
    held = 0
    while held < window.count {
      let count = try original.read(
        into: UnsafeMutableRawBufferPointer(rebasing: window[held...]), at: place + UInt64(held))
      guard count > 0 else { return }
      held += count
    }
  }
}

/// Compares bytes many at a time.
enum ByteComparison {
  /// The index of the first byte that differs.
  static func firstDifference(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int
  ) -> Int? {
    var index = 0
    while index + 64 <= count {
      let a = (left + index).loadUnaligned(as: SIMD8<UInt64>.self)
      let b = (right + index).loadUnaligned(as: SIMD8<UInt64>.self)
      if (a ^ b) != .zero { break }
      index += 64
    }
    while index < count {
      let isEqual =
        (left + index).loadUnaligned(as: UInt8.self)
        == (right + index).loadUnaligned(as: UInt8.self)
      if !isEqual { return index }
      index += 1
    }
    return nil
  }
}
