/// A compact `Codable` coder, for the row that shows what coding the same state costs that way:
/// big-endian values one after another, no keys and no counts, so the bytes are those of the
/// table without the subsection's head. It is written for speed as far as the protocols let it:
/// one growing buffer, no keys stored, no boxes.
final class CompactBuffer {
  var bytes: [UInt8] = []
  var position = 0

  func put<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  func take<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    let size = MemoryLayout<Value>.size
    guard position + size <= bytes.count else { throw CompactError.endOfData }
    defer { position += size }
    return bytes.withUnsafeBytes {
      Value(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self))
    }
  }
}

enum CompactError: Error {
  case endOfData
  case unsupported
}

enum CompactCoder {
  static func encode(_ value: some Encodable, into buffer: CompactBuffer) throws {
    buffer.bytes.removeAll(keepingCapacity: true)
    try value.encode(to: CompactEncoder(buffer: buffer))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from buffer: CompactBuffer) throws
    -> Value
  {
    buffer.position = 0
    return try Value(from: CompactDecoder(buffer: buffer))
  }
}
