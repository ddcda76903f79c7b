/// One descriptor ring as its registers describe it. Lengths and indexes may come from a
/// hostile stream: they are bounded here, and address arithmetic wraps.
struct E1000Ring {
  /// Bytes of a descriptor.
  static let descriptorSize = 16

  private let base: UInt64
  /// Descriptors in the ring.
  let capacity: Int

  init(low: UInt32, high: UInt32, length: UInt32) {
    base = UInt64(high) << 32 | UInt64(low & ~15)
    capacity = Int(length & 0xFFF80) / Self.descriptorSize
  }

  /// Address of a descriptor.
  func address(_ index: UInt32) -> UInt64 {
    base &+ UInt64(index) * UInt64(Self.descriptorSize)
  }

  /// The index after an index.
  func next(_ index: UInt32) -> UInt32 {
    Int(index) + 1 >= capacity ? 0 : index + 1
  }

  /// Descriptors from head to tail, at most the whole ring.
  func available(head: UInt32, tail: UInt32) -> Int {
    let distance = Int(tail) - Int(head)
    return min(max(0, distance < 0 ? distance + capacity : distance), capacity)
  }
}

/// A little-endian integer out of bytes.
func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}
