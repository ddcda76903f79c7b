/// The bytes of a leaf with the way to read them: one element or an array.
public struct Leaf: Sendable, Equatable {
  /// How an element is read.
  public var kind: LeafKind
  /// Bytes of an element.
  public var size: Int
  /// Elements.
  public var count: Int
  /// All elements, back to back.
  public var bytes: [UInt8]

  /// A leaf.
  public init(kind: LeafKind, size: Int, count: Int, bytes: [UInt8]) {
    self.kind = kind
    self.size = size
    self.count = count
    self.bytes = bytes
  }

  /// One element's value.
  public enum Value: Sendable, Equatable {
    /// An integer without sign; also a bool's byte that is neither 0 nor 1.
    case unsigned(UInt64)
    /// An integer with sign.
    case signed(Int64)
    /// A bool.
    case bool(Bool)
    /// The bits of a double.
    case float(UInt64)
    /// Bytes.
    case bytes([UInt8])
  }

  /// An element.
  ///
  /// - Parameter index: Below `count`; an index beyond gives no bytes.
  public subscript(index: Int) -> Value {
    let first = index.multipliedReportingOverflow(by: size)
    guard kind != .bytes, index >= 0, !first.overflow, first.partialValue + size <= bytes.count
    else { return .bytes(index == 0 ? bytes : []) }
    let number = bits(at: first.partialValue)
    switch kind {
    case .unsigned: return .unsigned(number)
    case .signed, .timer:
      let shift = 64 - 8 * UInt64(size)
      return .signed(Int64(bitPattern: number << shift) >> Int64(shift))
    case .bool: return number < 2 ? .bool(number == 1) : .unsigned(number)
    case .float: return .float(number)
    case .bytes: return .bytes(bytes)
    }
  }

  private func bits(at first: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in first..<first + size { number = number << 8 | UInt64(bytes[index]) }
    return number
  }
}
