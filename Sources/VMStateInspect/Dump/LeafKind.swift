/// How the bytes of a leaf are read.
public enum LeafKind: Sendable, Hashable {
  /// Big-endian, without sign.
  case unsigned
  /// Big-endian, two's complement.
  case signed
  /// One byte, 0 or 1.
  case bool
  /// be64, the bits of an IEEE double.
  case float
  /// A time in nanoseconds: be64, −1 for a timer that is not armed.
  case timer
  /// Bytes without a structure that the layout knows.
  case bytes

  /// Bytes of one element that an integer can have.
  private static let integerSizes: Set<Int> = [1, 2, 4, 8]

  /// The kind by the type's name, if the size fits it; bytes otherwise.
  ///
  /// QEMU: the names of `vmstate_info_*`, migration/vmstate-types.c. `int64 equal` is the name
  /// of the unsigned one.
  public init(type: String, size: Int) {
    switch type {
    case "uint8", "uint16", "uint32", "uint64", "uint8 equal", "uint16 equal", "uint32 equal",
      "uint64 equal", "int64 equal":
      self = Self.integerSizes.contains(size) ? .unsigned : .bytes
    case "int8", "int16", "int32", "int64", "int32 equal", "int32 le":
      self = Self.integerSizes.contains(size) ? .signed : .bytes
    case "fd": self = size == 4 ? .signed : .bytes
    case "bool": self = size == 1 ? .bool : .bytes
    case "CPU_Double_U", "float64": self = size == 8 ? .float : .bytes
    case "timer": self = size == 8 ? .timer : .bytes
    default: self = .bytes
    }
  }
}
