/// SplitMix64, step by step as on the C side.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension ReferenceState {
  /// The values that `bl_fill` gives.
  init(seed: UInt64) {
    self.init()
    var values = SplitMix(state: seed)
    fillScalars(&values)
    for index in table.indices { table[index] = UInt32(truncatingIfNeeded: values.next()) }
    for index in channels.indices {
      channels[index].count = UInt32(truncatingIfNeeded: values.next())
      channels[index].latch = UInt16(truncatingIfNeeded: values.next())
      channels[index].mode = UInt8(truncatingIfNeeded: values.next())
      channels[index].gate = UInt8(truncatingIfNeeded: values.next())
      channels[index].next = values.next()
    }
    for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: values.next()) }
    extra = values.next() | 1
  }

  private mutating func fillScalars(_ values: inout SplitMix) {
    b0 = UInt8(truncatingIfNeeded: values.next())
    h0 = UInt16(truncatingIfNeeded: values.next())
    w0 = UInt32(truncatingIfNeeded: values.next())
    q0 = UInt64(truncatingIfNeeded: values.next())
    b1 = UInt8(truncatingIfNeeded: values.next())
    h1 = UInt16(truncatingIfNeeded: values.next())
    w1 = UInt32(truncatingIfNeeded: values.next())
    q1 = UInt64(truncatingIfNeeded: values.next())
    b2 = UInt8(truncatingIfNeeded: values.next())
    h2 = UInt16(truncatingIfNeeded: values.next())
    w2 = UInt32(truncatingIfNeeded: values.next())
    q2 = UInt64(truncatingIfNeeded: values.next())
    b3 = UInt8(truncatingIfNeeded: values.next())
    h3 = UInt16(truncatingIfNeeded: values.next())
    w3 = UInt32(truncatingIfNeeded: values.next())
    q3 = UInt64(truncatingIfNeeded: values.next())
    b4 = UInt8(truncatingIfNeeded: values.next())
    h4 = UInt16(truncatingIfNeeded: values.next())
    w4 = UInt32(truncatingIfNeeded: values.next())
    q4 = UInt64(truncatingIfNeeded: values.next())
    b5 = UInt8(truncatingIfNeeded: values.next())
    h5 = UInt16(truncatingIfNeeded: values.next())
    w5 = UInt32(truncatingIfNeeded: values.next())
    q5 = UInt64(truncatingIfNeeded: values.next())
    b6 = UInt8(truncatingIfNeeded: values.next())
    h6 = UInt16(truncatingIfNeeded: values.next())
    w6 = UInt32(truncatingIfNeeded: values.next())
    q6 = UInt64(truncatingIfNeeded: values.next())
    b7 = UInt8(truncatingIfNeeded: values.next())
    h7 = UInt16(truncatingIfNeeded: values.next())
    w7 = UInt32(truncatingIfNeeded: values.next())
    q7 = UInt64(truncatingIfNeeded: values.next())
    b8 = UInt8(truncatingIfNeeded: values.next())
    h8 = UInt16(truncatingIfNeeded: values.next())
    w8 = UInt32(truncatingIfNeeded: values.next())
    q8 = UInt64(truncatingIfNeeded: values.next())
    b9 = UInt8(truncatingIfNeeded: values.next())
    h9 = UInt16(truncatingIfNeeded: values.next())
    w9 = UInt32(truncatingIfNeeded: values.next())
    q9 = UInt64(truncatingIfNeeded: values.next())
  }
}
