/// What the names of field types say about their bytes.
///
/// QEMU: the `VMStateInfo` tables, migration/vmstate-types.c, and those of single devices.
enum FieldTypes {
  private static let sizes: [String: Int] = [
    "bool": 1, "int8": 1, "uint8": 1, "uint8 equal": 1, "nullptr": 1, "ptr-marker": 1, "fd": 1,
    "int16": 2, "uint16": 2, "uint16 equal": 2, "int32_as_uint16": 2,
    "int32": 4, "uint32": 4, "int32 equal": 4, "uint32 equal": 4, "int32 le": 4,
    "int64": 8, "uint64": 8, "int64 equal": 8, "timer": 8, "CPU_Double_U": 8,
    "pci irq state": 16,
  ]

  /// Bytes of a value of a type, if they are always the same.
  static func size(of type: String) -> Int? { sizes[type] }

  /// The number in a value's bytes, or nil if its type is not a number. 64-bit numbers keep
  /// their bits.
  static func number(_ type: String, _ bytes: [UInt8]) -> Int? {
    guard let size = sizes[type], size <= 8, bytes.count == size else { return nil }
    let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard type.hasPrefix("int"), size < 8 else { return Int(truncatingIfNeeded: bits) }
    let shift = 64 - 8 * size
    return Int(Int64(truncatingIfNeeded: bits << UInt64(shift)) >> Int64(shift))
  }
}
