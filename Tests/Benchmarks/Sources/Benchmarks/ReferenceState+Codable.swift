/// The same state for the `Codable` row: keyed members, arrays as unkeyed containers.
extension ReferenceState: Codable {
  enum CodingKeys: String, CodingKey {
    case b0, h0, w0, q0, b1, h1, w1, q1, b2, h2, w2, q2, b3, h3, w3, q3, b4, h4, w4, q4
    case b5, h5, w5, q5, b6, h6, w6, q6, b7, h7, w7, q7, b8, h8, w8, q8, b9, h9, w9, q9
    case table, channels, buffer, extra
  }

  func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try encodeScalars(&box)
    var list = box.nestedUnkeyedContainer(forKey: .table)
    for index in table.indices { try list.encode(table[index]) }
    list = box.nestedUnkeyedContainer(forKey: .channels)
    for index in channels.indices { try list.encode(channels[index]) }
    try box.encode(buffer, forKey: .buffer)
    if extra != 0 { try box.encode(extra, forKey: .extra) }
  }

  init(from decoder: any Decoder) throws {
    self.init()
    let box = try decoder.container(keyedBy: CodingKeys.self)
    try decodeScalars(box)
    var list = try box.nestedUnkeyedContainer(forKey: .table)
    for index in table.indices { table[index] = try list.decode(UInt32.self) }
    list = try box.nestedUnkeyedContainer(forKey: .channels)
    for index in channels.indices { channels[index] = try list.decode(Channel.self) }
    buffer = try box.decode([UInt8].self, forKey: .buffer)
    extra = try box.decodeIfPresent(UInt64.self, forKey: .extra) ?? 0
  }
}

extension ReferenceState {
  private func encodeScalars(_ box: inout KeyedEncodingContainer<CodingKeys>) throws {
    try box.encode(b0, forKey: .b0)
    try box.encode(h0, forKey: .h0)
    try box.encode(w0, forKey: .w0)
    try box.encode(q0, forKey: .q0)
    try box.encode(b1, forKey: .b1)
    try box.encode(h1, forKey: .h1)
    try box.encode(w1, forKey: .w1)
    try box.encode(q1, forKey: .q1)
    try box.encode(b2, forKey: .b2)
    try box.encode(h2, forKey: .h2)
    try box.encode(w2, forKey: .w2)
    try box.encode(q2, forKey: .q2)
    try box.encode(b3, forKey: .b3)
    try box.encode(h3, forKey: .h3)
    try box.encode(w3, forKey: .w3)
    try box.encode(q3, forKey: .q3)
    try box.encode(b4, forKey: .b4)
    try box.encode(h4, forKey: .h4)
    try box.encode(w4, forKey: .w4)
    try box.encode(q4, forKey: .q4)
    try box.encode(b5, forKey: .b5)
    try box.encode(h5, forKey: .h5)
    try box.encode(w5, forKey: .w5)
    try box.encode(q5, forKey: .q5)
    try box.encode(b6, forKey: .b6)
    try box.encode(h6, forKey: .h6)
    try box.encode(w6, forKey: .w6)
    try box.encode(q6, forKey: .q6)
    try box.encode(b7, forKey: .b7)
    try box.encode(h7, forKey: .h7)
    try box.encode(w7, forKey: .w7)
    try box.encode(q7, forKey: .q7)
    try box.encode(b8, forKey: .b8)
    try box.encode(h8, forKey: .h8)
    try box.encode(w8, forKey: .w8)
    try box.encode(q8, forKey: .q8)
    try box.encode(b9, forKey: .b9)
    try box.encode(h9, forKey: .h9)
    try box.encode(w9, forKey: .w9)
    try box.encode(q9, forKey: .q9)
  }

  private mutating func decodeScalars(_ box: KeyedDecodingContainer<CodingKeys>) throws {
    b0 = try box.decode(UInt8.self, forKey: .b0)
    h0 = try box.decode(UInt16.self, forKey: .h0)
    w0 = try box.decode(UInt32.self, forKey: .w0)
    q0 = try box.decode(UInt64.self, forKey: .q0)
    b1 = try box.decode(UInt8.self, forKey: .b1)
    h1 = try box.decode(UInt16.self, forKey: .h1)
    w1 = try box.decode(UInt32.self, forKey: .w1)
    q1 = try box.decode(UInt64.self, forKey: .q1)
    b2 = try box.decode(UInt8.self, forKey: .b2)
    h2 = try box.decode(UInt16.self, forKey: .h2)
    w2 = try box.decode(UInt32.self, forKey: .w2)
    q2 = try box.decode(UInt64.self, forKey: .q2)
    b3 = try box.decode(UInt8.self, forKey: .b3)
    h3 = try box.decode(UInt16.self, forKey: .h3)
    w3 = try box.decode(UInt32.self, forKey: .w3)
    q3 = try box.decode(UInt64.self, forKey: .q3)
    b4 = try box.decode(UInt8.self, forKey: .b4)
    h4 = try box.decode(UInt16.self, forKey: .h4)
    w4 = try box.decode(UInt32.self, forKey: .w4)
    q4 = try box.decode(UInt64.self, forKey: .q4)
    b5 = try box.decode(UInt8.self, forKey: .b5)
    h5 = try box.decode(UInt16.self, forKey: .h5)
    w5 = try box.decode(UInt32.self, forKey: .w5)
    q5 = try box.decode(UInt64.self, forKey: .q5)
    b6 = try box.decode(UInt8.self, forKey: .b6)
    h6 = try box.decode(UInt16.self, forKey: .h6)
    w6 = try box.decode(UInt32.self, forKey: .w6)
    q6 = try box.decode(UInt64.self, forKey: .q6)
    b7 = try box.decode(UInt8.self, forKey: .b7)
    h7 = try box.decode(UInt16.self, forKey: .h7)
    w7 = try box.decode(UInt32.self, forKey: .w7)
    q7 = try box.decode(UInt64.self, forKey: .q7)
    b8 = try box.decode(UInt8.self, forKey: .b8)
    h8 = try box.decode(UInt16.self, forKey: .h8)
    w8 = try box.decode(UInt32.self, forKey: .w8)
    q8 = try box.decode(UInt64.self, forKey: .q8)
    b9 = try box.decode(UInt8.self, forKey: .b9)
    h9 = try box.decode(UInt16.self, forKey: .h9)
    w9 = try box.decode(UInt32.self, forKey: .w9)
    q9 = try box.decode(UInt64.self, forKey: .q9)
  }
}
