/// The values of one description as the destination would have them after reading: what later
/// fields, conditions and hooks ask for.
struct LoadedTable {
  /// A field.
  struct Field {
    var name: String
    var value: LoadedValue
  }

  /// The description's name.
  var name: String
  /// The fields in the order of reading.
  var fields: [Field] = []
  /// The subsections in the order of reading.
  var subsections: [LoadedTable] = []

  /// The bytes of a field.
  func bytes(_ name: String) -> [UInt8]? {
    guard case .bytes(let bytes)? = fields.first(where: { $0.name == name })?.value else {
      return nil
    }
    return bytes
  }

  /// The structures of a field.
  func tables(_ name: String) -> [LoadedTable] {
    guard case .tables(let tables)? = fields.first(where: { $0.name == name })?.value else {
      return []
    }
    return tables
  }

  /// A field of one integer, without its sign.
  func unsigned(_ name: String) -> UInt64? {
    guard let bytes = bytes(name), (1...8).contains(bytes.count) else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A field of one integer, with its sign.
  func signed(_ name: String) -> Int64? {
    guard let value = unsigned(name), let count = bytes(name)?.count else { return nil }
    let shift = UInt64(64 - 8 * count)
    return Int64(bitPattern: value << shift) >> Int64(shift)
  }

  /// A field of 32-bit integers.
  func integers(_ name: String) -> [Int64]? {
    guard let bytes = bytes(name) else { return nil }
    return stride(from: 0, to: bytes.count - 3, by: 4).map { first in
      Int64(Int32(bitPattern: bytes[first..<first + 4].reduce(0) { $0 << 8 | UInt32($1) }))
    }
  }

  /// A subsection.
  func subsection(_ name: String) -> LoadedTable? { subsections.first { $0.name == name } }
}

/// The content of a field.
indirect enum LoadedValue {
  /// The elements' bytes, back to back.
  case bytes([UInt8])
  /// Nested structures or list elements.
  case tables([LoadedTable])
}
