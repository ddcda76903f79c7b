/// The one byte whose change explains a wrong CRC-32C.
///
/// A sum is linear: what it differs by is what the changed bits come to, carried over the bytes
/// behind them. Going back byte by byte from the end, the difference fits into one byte exactly
/// where one byte was changed; elsewhere it does so by chance once in 2^24 places.
public struct ChangedByte: Sendable, Hashable {
  /// Its offset in the stream.
  public var offset: UInt64
  /// The bits that were changed.
  public var mask: UInt8

  /// Most bytes that are gone back over.
  static let farthest: UInt64 = 16 << 20
  /// Runs longer than this hold other places by chance: only a single bit is believed there.
  private static let longestForBytes: UInt64 = 64 << 10

  /// Looks for the byte.
  ///
  /// - Parameters:
  ///   - difference: The sum that was found, exclusive or the one that was expected.
  ///   - range: The bytes that the sum is of.
  ///   - accepts: Says whether the byte may be at an offset.
  /// - Returns: nil if no byte explains it, or several do.
  static func find(
    _ difference: UInt32, in range: Range<UInt64>,
    accepts: (UInt64) -> Bool = { _ in true }
  ) -> ChangedByte? {
    guard difference != 0, UInt64(range.count) <= farthest else { return nil }
    var rest = difference
    var bits: [ChangedByte] = []
    var bytes: [ChangedByte] = []
    for offset in range.reversed() {
      rest = Steps.shared.back(rest)
      guard rest <= 0xff, accepts(offset) else { continue }
      let mask = UInt8(rest)
      let found = ChangedByte(offset: offset, mask: mask)
      if mask.nonzeroBitCount == 1 { bits.append(found) } else { bytes.append(found) }
    }
    if bits.count == 1 { return bits[0] }
    guard bits.isEmpty, bytes.count == 1, UInt64(range.count) <= longestForBytes else {
      return nil
    }
    return bytes[0]
  }

  /// Undoes what a zero byte does to a sum.
  private struct Steps {
    static let shared = Steps()
    /// What a byte comes to.
    private let table: [UInt32]
    /// Which byte comes to a value with this highest byte; each does once.
    private let inverse: [UInt8]

    private init() {
      var table = [UInt32](repeating: 0, count: 256)
      var inverse = [UInt8](repeating: 0, count: 256)
      for byte in 0..<256 {
        var value = UInt32(byte)
        for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
        table[byte] = value
        inverse[Int(value >> 24)] = UInt8(byte)
      }
      self.table = table
      self.inverse = inverse
    }

    func back(_ sum: UInt32) -> UInt32 {
      let byte = inverse[Int(sum >> 24)]
      return (sum ^ table[Int(byte)]) << 8 | UInt32(byte)
    }
  }
}
