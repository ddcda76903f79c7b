// What the Codable protocols ask for, so that every value type goes straight to the buffer.

struct CompactEncoder: Encoder {
  let buffer: CompactBuffer
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(CompactKeyedEncoding<Key>(buffer: buffer))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { CompactListEncoding(buffer: buffer) }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    CompactValueEncoding(buffer: buffer)
  }
}

struct CompactKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let buffer: CompactBuffer
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) throws { throw CompactError.unsupported }
  func encode(_ value: Bool, forKey key: Key) throws { buffer.put(value ? 1 as UInt8 : 0) }
  func encode(_ value: String, forKey key: Key) throws { throw CompactError.unsupported }
  func encode(_ value: Double, forKey key: Key) throws { buffer.put(value.bitPattern) }
  func encode(_ value: Float, forKey key: Key) throws { buffer.put(value.bitPattern) }
  func encode(_ value: Int, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: Int8, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: Int16, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: Int32, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: Int64, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: UInt, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: UInt8, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: UInt16, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: UInt32, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: UInt64, forKey key: Key) throws { buffer.put(value) }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    try value.encode(to: CompactEncoder(buffer: buffer))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(CompactKeyedEncoding<Nested>(buffer: buffer))
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    CompactListEncoding(buffer: buffer)
  }
  func superEncoder() -> any Encoder { CompactEncoder(buffer: buffer) }
  func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
}

struct CompactListEncoding: UnkeyedEncodingContainer {
  let buffer: CompactBuffer
  var count = 0
  var codingPath: [any CodingKey] { [] }

  func encodeNil() throws { throw CompactError.unsupported }
  func encode(_ value: Bool) throws { buffer.put(value ? 1 as UInt8 : 0) }
  func encode(_ value: String) throws { throw CompactError.unsupported }
  func encode(_ value: Double) throws { buffer.put(value.bitPattern) }
  func encode(_ value: Float) throws { buffer.put(value.bitPattern) }
  func encode(_ value: Int) throws { buffer.put(value) }
  func encode(_ value: Int8) throws { buffer.put(value) }
  func encode(_ value: Int16) throws { buffer.put(value) }
  func encode(_ value: Int32) throws { buffer.put(value) }
  func encode(_ value: Int64) throws { buffer.put(value) }
  func encode(_ value: UInt) throws { buffer.put(value) }
  func encode(_ value: UInt8) throws { buffer.put(value) }
  func encode(_ value: UInt16) throws { buffer.put(value) }
  func encode(_ value: UInt32) throws { buffer.put(value) }
  func encode(_ value: UInt64) throws { buffer.put(value) }
  func encode(_ value: some Encodable) throws {
    try value.encode(to: CompactEncoder(buffer: buffer))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(CompactKeyedEncoding<Nested>(buffer: buffer))
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
  func superEncoder() -> any Encoder { CompactEncoder(buffer: buffer) }
}

struct CompactValueEncoding: SingleValueEncodingContainer {
  let buffer: CompactBuffer
  var codingPath: [any CodingKey] { [] }

  func encodeNil() throws { throw CompactError.unsupported }
  func encode(_ value: Bool) throws { buffer.put(value ? 1 as UInt8 : 0) }
  func encode(_ value: String) throws { throw CompactError.unsupported }
  func encode(_ value: Double) throws { buffer.put(value.bitPattern) }
  func encode(_ value: Float) throws { buffer.put(value.bitPattern) }
  func encode(_ value: Int) throws { buffer.put(value) }
  func encode(_ value: Int8) throws { buffer.put(value) }
  func encode(_ value: Int16) throws { buffer.put(value) }
  func encode(_ value: Int32) throws { buffer.put(value) }
  func encode(_ value: Int64) throws { buffer.put(value) }
  func encode(_ value: UInt) throws { buffer.put(value) }
  func encode(_ value: UInt8) throws { buffer.put(value) }
  func encode(_ value: UInt16) throws { buffer.put(value) }
  func encode(_ value: UInt32) throws { buffer.put(value) }
  func encode(_ value: UInt64) throws { buffer.put(value) }
  func encode(_ value: some Encodable) throws {
    try value.encode(to: CompactEncoder(buffer: buffer))
  }
}
