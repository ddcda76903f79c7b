/// CRC-32C by tables, and the tables to join sums.
enum CRC32CTables {
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// Eight tables of 256: what a byte comes to, `k` bytes before the end of a word.
  private static let words: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? polynomial : 0) }
      table[byte] = value
    }
    for entry in 256..<8 * 256 {
      let before = table[entry - 256]
      table[entry] = before >> 8 ^ table[Int(before & 0xff)]
    }
    return table
  }()

  static func bytewise(_ start: UInt32, _ bytes: UnsafeRawPointer, _ count: Int) -> UInt32 {
    guard count > 0 else { return start }
    return words.withUnsafeBufferPointer { table in
      UnsafeRawBufferPointer(start: bytes, count: count).reduce(start) { state, byte in
        state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
      }
    }
  }

  static func update(_ start: UInt32, _ bytes: UnsafeRawPointer, _ count: Int) -> UInt32 {
    var state = start
    words.withUnsafeBufferPointer { table in
      for index in 0..<count >> 3 {
        let word = UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self))
        let mixed = word ^ UInt64(state)
        state = 0
        for place in 0..<8 {
          let byte = Int(mixed >> UInt64(8 * place) & 0xff)
          state ^= table[(7 - place) &* 256 &+ byte]
        }
      }
    }
    return bytewise(state, bytes + (count & ~7), count & 7)
  }

  /// What a sum becomes after a number of zero bytes, by squaring the step of one byte.
  static func advance(_ sum: UInt32, over count: UInt64) -> UInt32 {
    var sum = sum
    var step = (0..<32).map { bit -> UInt32 in
      withUnsafeBytes(of: UInt8(0)) { bytewise(1 << UInt32(bit), $0.baseAddress!, 1) }
    }
    var left = count
    while left > 0 {
      if left & 1 == 1 { sum = multiply(step, sum) }
      step = step.map { multiply(step, $0) }
      left >>= 1
    }
    return sum
  }

  private static func multiply(_ columns: [UInt32], _ sum: UInt32) -> UInt32 {
    (0..<32).reduce(0) { sum >> UInt32($1) & 1 == 1 ? $0 ^ columns[$1] : $0 }
  }

  /// What a sum becomes after a number of zero bytes: with it, sums of parts are joined.
  struct Skip: Sendable {
    // Four tables of 256, one for each byte of the sum.
    private let table: [UInt32]

    init(bytes: Int) {
      var columns = (0..<32).map { UInt32(1) << UInt32($0) }
      let zeros = [UInt8](repeating: 0, count: bytes)
      for bit in columns.indices {
        columns[bit] = zeros.withUnsafeBytes {
          CRC32CTables.update(columns[bit], $0.baseAddress!, bytes)
        }
      }
      table = (0..<4 * 256).map { entry in
        var sum: UInt32 = 0
        for bit in 0..<8 where (entry & 255) >> bit & 1 == 1 {
          sum ^= columns[(entry >> 8) * 8 + bit]
        }
        return sum
      }
    }

    @inline(__always)
    func apply(_ sum: UInt32) -> UInt32 {
      table.withUnsafeBufferPointer { table in
        let low = table[Int(sum & 255)] ^ table[256 + Int(sum >> 8 & 255)]
        let high = table[512 + Int(sum >> 16 & 255)] ^ table[768 + Int(sum >> 24)]
        return low ^ high
      }
    }
  }
}
