/// What an lzop block's header says about its content.
struct LzopSums {
  /// Bytes of the content.
  let size: Int
  private var adler: UInt32?
  private var crc: UInt32?

  /// - Parameter numbers: The compressed size and the sums behind it.
  init(_ numbers: [UInt32], _ size: UInt32, _ flags: LzopHeader.Flags) {
    self.size = Int(size)
    var sums = numbers.dropFirst()
    if flags.contains(.adlerOfData) { adler = sums.popFirst() }
    if flags.contains(.crcOfData) { crc = sums.popFirst() }
  }

  /// How many sums a block has; those of the compressed bytes are left out if it is not
  /// compressed.
  static func count(_ flags: LzopHeader.Flags, isPacked: Bool) -> Int {
    let ofData = [LzopHeader.Flags.adlerOfData, .crcOfData].count { flags.contains($0) }
    let ofBlock = [LzopHeader.Flags.adlerOfBlock, .crcOfBlock].count { flags.contains($0) }
    return ofData + (isPacked ? ofBlock : 0)
  }

  /// Compares the sums of the content; those of the compressed bytes add nothing to them.
  func check(_ content: [UInt8]) throws(VMStateError) {
    if let adler, adler != Self.adler(content) { throw wrong("Adler-32") }
    if let crc, crc != Self.crc(content) { throw wrong("CRC-32") }
  }

  private func wrong(_ sum: String) -> VMStateError {
    VMStateError(.badCompression, "the lzop data is damaged", found: "another \(sum)")
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { bytes in
      var (low, high): (UInt32, UInt32) = (1, 0)
      var place = 0
      while place < bytes.count {
        // As many bytes as cannot overflow.
        let end = min(bytes.count, place + 5552)
        while place < end {
          low &+= UInt32(bytes[place])
          high &+= low
          place += 1
        }
        (low, high) = (low % 65521, high % 65521)
      }
      return high << 16 | low
    }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = .max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }
}
