/// The wire form of a scalar: its width, whether it is a truth value, and its JSON type name.
public struct WireKind: Sendable, Hashable {
  /// Bytes on the wire and in memory: 1, 2, 4 or 8.
  public let width: Int
  /// Any byte but 0 reads as true; written as 0 or 1.
  public let isBool: Bool
  /// The `"type"` in the JSON description.
  public let typeName: String

  /// Makes a kind; only for the conformances of this module.
  init(_ width: Int, _ typeName: String, isBool: Bool = false) {
    self.width = width
    self.isBool = isBool
    self.typeName = typeName
  }
}

/// A value that travels as one big-endian integer.
///
/// The conformances are the ones below: `Bool`, the sized integers, `Double` and
/// `TimerExpiry`. `Int` and `UInt` have no fixed width and do not conform, so that a row over
/// them does not compile. Other types travel through `Enumeration`, `Computed` or `Custom`
/// rows.
///
/// QEMU: `VMStateInfo`, migration/vmstate-types.c.
public protocol WireScalar: BitwiseCopyable, Sendable {
  /// Width, truth value, JSON type name. The type's memory must be exactly `width` bytes that
  /// hold the value in host byte order.
  static var wireKind: WireKind { get }
  /// The zero value, used where an array grows.
  static var wireZero: Self { get }
}

extension WireScalar where Self: FixedWidthInteger {
  /// Zero.
  public static var wireZero: Self { 0 }
}

extension Bool: WireScalar {
  /// One byte, type `bool`.
  public static var wireKind: WireKind { WireKind(1, "bool", isBool: true) }
  /// False.
  public static var wireZero: Bool { false }
}
extension Int8: WireScalar {
  /// One byte, type `int8`.
  public static var wireKind: WireKind { WireKind(1, "int8") }
}
extension UInt8: WireScalar {
  /// One byte, type `uint8`.
  public static var wireKind: WireKind { WireKind(1, "uint8") }
}
extension Int16: WireScalar {
  /// Two bytes, type `int16`.
  public static var wireKind: WireKind { WireKind(2, "int16") }
}
extension UInt16: WireScalar {
  /// Two bytes, type `uint16`.
  public static var wireKind: WireKind { WireKind(2, "uint16") }
}
extension Int32: WireScalar {
  /// Four bytes, type `int32`.
  public static var wireKind: WireKind { WireKind(4, "int32") }
}
extension UInt32: WireScalar {
  /// Four bytes, type `uint32`.
  public static var wireKind: WireKind { WireKind(4, "uint32") }
}
extension Int64: WireScalar {
  /// Eight bytes, type `int64`.
  public static var wireKind: WireKind { WireKind(8, "int64") }
}
extension UInt64: WireScalar {
  /// Eight bytes, type `uint64`.
  public static var wireKind: WireKind { WireKind(8, "uint64") }
}
extension Double: WireScalar {
  /// Eight bytes, the IEEE bit pattern, type `CPU_Double_U`.
  public static var wireKind: WireKind { WireKind(8, "CPU_Double_U") }
  /// Positive zero.
  public static var wireZero: Double { 0 }
}
