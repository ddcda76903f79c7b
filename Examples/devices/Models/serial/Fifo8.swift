/// A ring of 16 bytes, as the 16550A has one for each direction.
///
/// QEMU: `Fifo8`, util/fifo8.c.
public struct Fifo8: Sendable {
  /// Bytes that fit.
  public static let capacity = 16

  /// The ring.
  public var data = InlineArray<16, UInt8>(repeating: 0)
  /// Index of the oldest byte, 0 to 15.
  public var head: UInt32 = 0
  /// Bytes held, 0 to 16.
  public var count: UInt32 = 0

  /// An empty ring.
  public init() {}

  /// Nothing is held.
  public var isEmpty: Bool { count == 0 }
  /// No more byte fits.
  public var isFull: Bool { count >= UInt32(Self.capacity) }
  /// Head and count are those of a ring; true for every stream a machine sends.
  public var isConsistent: Bool {
    head < UInt32(Self.capacity) && count <= UInt32(Self.capacity)
  }

  private static func wrap(_ index: UInt32) -> Int { Int(index) & (capacity - 1) }

  /// Forgets everything.
  public mutating func reset() {
    head = 0
    count = 0
  }

  /// Adds a byte; a full ring stays as it is.
  ///
  /// - Returns: false if the ring was full.
  @discardableResult
  public mutating func push(_ byte: UInt8) -> Bool {
    guard !isFull else { return false }
    data[Self.wrap(head &+ count)] = byte
    count += 1
    return true
  }

  /// Takes the oldest byte; nil if there is none.
  public mutating func pop() -> UInt8? {
    guard count > 0 else { return nil }
    let byte = data[Self.wrap(head)]
    head = UInt32(Self.wrap(head &+ 1))
    count -= 1
    return byte
  }
}
