// What the Codable protocols ask for, so that every value type comes straight from the buffer.

struct CompactDecoder: Decoder {
  let buffer: CompactBuffer
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(CompactKeyedDecoding<Key>(buffer: buffer))
  }
  func unkeyedContainer() -> any UnkeyedDecodingContainer { CompactListDecoding(buffer: buffer) }
  func singleValueContainer() -> any SingleValueDecodingContainer {
    CompactValueDecoding(buffer: buffer)
  }
}

struct CompactKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let buffer: CompactBuffer
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { buffer.position < buffer.bytes.count }
  func decodeNil(forKey key: Key) throws -> Bool { false }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try buffer.take(UInt8.self) != 0
  }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    throw CompactError.unsupported
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    Double(bitPattern: try buffer.take(UInt64.self))
  }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
    Float(bitPattern: try buffer.take(UInt32.self))
  }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try buffer.take(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try buffer.take(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try buffer.take(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try buffer.take(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try buffer.take(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try buffer.take(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try buffer.take(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try buffer.take(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try buffer.take(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try buffer.take(type) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try Value(from: CompactDecoder(buffer: buffer))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(CompactKeyedDecoding<Nested>(buffer: buffer))
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    CompactListDecoding(buffer: buffer)
  }
  func superDecoder() throws -> any Decoder { CompactDecoder(buffer: buffer) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

/// The reference state knows how long its lists are; the one list that asks is the buffer,
/// which is the only `[UInt8]` and has 4096 elements.
struct CompactListDecoding: UnkeyedDecodingContainer {
  let buffer: CompactBuffer
  var currentIndex = 0
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 4096 }
  var isAtEnd: Bool { currentIndex >= 4096 }

  mutating func decodeNil() throws -> Bool { false }
  mutating func decode(_ type: Bool.Type) throws -> Bool { try take(UInt8.self) != 0 }
  mutating func decode(_ type: String.Type) throws -> String { throw CompactError.unsupported }
  mutating func decode(_ type: Double.Type) throws -> Double {
    Double(bitPattern: try take(UInt64.self))
  }
  mutating func decode(_ type: Float.Type) throws -> Float {
    Float(bitPattern: try take(UInt32.self))
  }
  mutating func decode(_ type: Int.Type) throws -> Int { try take(type) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try take(type) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try take(type) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try take(type) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try take(type) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try take(type) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take(type) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) }
  private mutating func take<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    currentIndex += 1
    return try buffer.take(type)
  }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    currentIndex += 1
    return try Value(from: CompactDecoder(buffer: buffer))
  }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(CompactKeyedDecoding<Nested>(buffer: buffer))
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { self }
  mutating func superDecoder() throws -> any Decoder { CompactDecoder(buffer: buffer) }
}

struct CompactValueDecoding: SingleValueDecodingContainer {
  let buffer: CompactBuffer
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }
  func decode(_ type: Bool.Type) throws -> Bool { try buffer.take(UInt8.self) != 0 }
  func decode(_ type: String.Type) throws -> String { throw CompactError.unsupported }
  func decode(_ type: Double.Type) throws -> Double {
    Double(bitPattern: try buffer.take(UInt64.self))
  }
  func decode(_ type: Float.Type) throws -> Float {
    Float(bitPattern: try buffer.take(UInt32.self))
  }
  func decode(_ type: Int.Type) throws -> Int { try buffer.take(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try buffer.take(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try buffer.take(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try buffer.take(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try buffer.take(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try buffer.take(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try buffer.take(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try buffer.take(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try buffer.take(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try buffer.take(type) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try Value(from: CompactDecoder(buffer: buffer))
  }
}
