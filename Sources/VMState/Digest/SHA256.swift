/// The SHA-256 of bytes. FIPS 180-4.
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var count: UInt64 = 0

  /// Of no bytes.
  public init() { pending.reserveCapacity(128) }

  /// Goes on over more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let piece = rest.prefix(64 - pending.count)
      pending.append(contentsOf: piece)
      rest = rest.dropFirst(piece.count)
      guard pending.count == 64 else { return }
      let block = pending
      block.withUnsafeBytes { compress($0.baseAddress!, blocks: 1) }
      pending.removeAll(keepingCapacity: true)
    }
    let blocks = rest.count / 64
    if blocks > 0 {
      compress(UnsafeRawBufferPointer(rebasing: rest).baseAddress!, blocks: blocks)
    }
    pending.append(contentsOf: rest.dropFirst(blocks * 64))
  }

  /// The 32 bytes of the digest of the bytes so far.
  public var digest: [UInt8] {
    var last = self
    var padding: [UInt8] = [0x80]
    padding += [UInt8](repeating: 0, count: (119 - pending.count) % 64)
    padding += withUnsafeBytes(of: (count &* 8).bigEndian, Array.init)
    padding.withUnsafeBytes { last.update($0) }
    return last.state.flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) }
  }

  /// The digest in hexadecimal digits.
  public var text: String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  // MARK: Blocks

  private mutating func compress(_ bytes: UnsafeRawPointer, blocks: Int) {
    state.withUnsafeMutableBufferPointer { state in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
        for block in 0..<blocks { Self.compress(bytes + block &* 64, state, words) }
      }
    }
  }

  private static func compress(
    _ bytes: UnsafeRawPointer, _ state: UnsafeMutableBufferPointer<UInt32>,
    _ words: UnsafeMutableBufferPointer<UInt32>
  ) {
    for index in 0..<16 {
      words[index] =
        bytes.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self).bigEndian
    }
    for index in 16..<64 {
      let (two, fifteen) = (words[index - 2], words[index - 15])
      let low = rotate(fifteen, 7) ^ rotate(fifteen, 18) ^ fifteen >> 3
      let high = rotate(two, 17) ^ rotate(two, 19) ^ two >> 10
      words[index] = words[index - 16] &+ low &+ words[index - 7] &+ high
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    constants.withUnsafeBufferPointer { constants in
      for index in 0..<64 {
        let choice = e & f ^ ~e & g
        let first =
          h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ constants[index]
          &+ words[index]
        let majority = a & b ^ a & c ^ b & c
        let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
        (h, g, f, e) = (g, f, e, d &+ first)
        (d, c, b, a) = (c, b, a, first &+ second)
      }
    }
    for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
  }

  @inline(__always)
  private static func rotate(_ value: UInt32, _ bits: UInt32) -> UInt32 {
    value &>> bits | value &<< (32 &- bits)
  }

  // The fractions of the cube roots of the first 64 primes, to 32 bits.
  private static let constants: [UInt32] = {
    primes(64).map { prime in
      // Fixed-point cube root: the largest r with r^3 <= prime * 2^96, modulo 2^32.
      var (low, high) = (UInt64(1) << 32, UInt64(8) << 32)
      while high - low > 1 {
        let middle = (low + high) / 2
        if isAbove(middle, prime) { high = middle } else { low = middle }
      }
      return UInt32(truncatingIfNeeded: low)
    }
  }()

  /// True if `root` / 2^32, to the power of three, is above `prime`.
  private static func isAbove(_ root: UInt64, _ prime: UInt64) -> Bool {
    let square = root.multipliedFullWidth(by: root)
    let (low, carry) = root.multipliedFullWidth(by: square.low)
      .high.addingReportingOverflow(root &* square.high)
    let middleHigh = root.multipliedFullWidth(by: square.high).high &+ (carry ? 1 : 0)
    // The whole product is middleHigh * 2^128 + low * 2^64 + …; prime * 2^96 has 2^32 * prime
    // in the place of `low`.
    return middleHigh > 0 || low >= prime << 32
  }

  private static func primes(_ count: Int) -> [UInt64] {
    var found: [UInt64] = []
    var candidate: UInt64 = 2
    while found.count < count {
      if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
      candidate += 1
    }
    return found
  }
}
