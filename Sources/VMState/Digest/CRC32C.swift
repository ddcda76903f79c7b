internal import CVMState

/// The CRC-32C of bytes (Castagnoli; polynomial `1EDC6F41`, reflected, all ones before and
/// after): that of "123456789" is `e3069283`.
///
/// With the processor's instruction where it has one, in three runs side by side; by tables of
/// eight bytes elsewhere.
public struct CRC32C: Sendable, Hashable {
  private var state: UInt32 = .max

  /// Of no bytes.
  public init() {}

  /// Of an array.
  public init(of bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The sum of the bytes so far.
  public var value: UInt32 { ~state }

  /// A value in eight hexadecimal digits.
  public static func text(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Goes on over more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    if Self.hasInstruction {
      state = CRC32CRuns.update(state, start, bytes.count)
    } else {
      state = CRC32CTables.update(state, start, bytes.count)
    }
  }

  /// The sum of the last bytes alone, when what it was before them is known.
  ///
  /// - Parameter count: How many bytes came since.
  public func part(since before: CRC32C, count: UInt64) -> CRC32C {
    var part = CRC32C()
    let carried = CRC32CTables.advance(before.state ^ .max, over: count)
    part.state = state ^ carried
    return part
  }

  static let hasInstruction = vms_has_crc32c() != 0
}

/// By the processor's instruction.
enum CRC32CRuns {
  /// Words of one of the three runs.
  private static let words = 336
  private static let skip = CRC32CTables.Skip(bytes: words * 8)

  static func update(_ start: UInt32, _ bytes: UnsafeRawPointer, _ count: Int) -> UInt32 {
    var state = start
    var cursor = bytes
    var left = count
    if left >= words * 24 {
      let skip = skip
      while left >= words * 24 {
        state = three(state, cursor, skip)
        cursor += words * 24
        left -= words * 24
      }
    }
    state = vms_crc32c(state, cursor, left >> 3)
    return CRC32CTables.bytewise(state, cursor + (left & ~7), left & 7)
  }

  @inline(__always)
  private static func three(
    _ start: UInt32, _ bytes: UnsafeRawPointer, _ skip: CRC32CTables.Skip
  ) -> UInt32 {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 3) { lanes in
      lanes[0] = start
      lanes[1] = 0
      lanes[2] = 0
      vms_crc32c_three(lanes.baseAddress!, bytes, words)
      return skip.apply(skip.apply(lanes[0]) ^ lanes[1]) ^ lanes[2]
    }
  }
}
