/// Which pages of a block (or of a part of one) a mapped-ram file holds.
///
/// In the file it is an array of the saving host's 64-bit words: on a little-endian host bit k
/// is bit `k & 7` of byte `k >> 3`. A page without a bit is zero. QEMU: `file_bmap`,
/// migration/ram.c.
public struct MappedRAMBitmap: Sendable, Hashable {
  /// The order of bytes in the words of the host that saved; the file does not tell it.
  public enum ByteOrder: Sendable, Hashable {
    /// x86, ARM, RISC-V and most others.
    case little
    /// s390 and some POWER hosts.
    case big
  }

  /// Number of pages.
  public let pages: Int
  private var words: [UInt64]

  /// A bitmap with no page set.
  public init(pages: Int) {
    self.pages = pages
    words = [UInt64](repeating: 0, count: (pages + 63) / 64)
  }

  /// Takes a bitmap from its bytes in the file.
  ///
  /// - Parameters:
  ///   - bytes: As many as `bitmapLength` says for the pages.
  ///   - offset: Where they stand in the file, for the message.
  /// - Throws: `badRAMRecord` if the length is wrong or a bit beyond the last page is set.
  public init(
    _ bytes: UnsafeRawBufferPointer, pages: Int, byteOrder: ByteOrder = .little,
    at offset: UInt64 = 0
  ) throws(VMStateError) {
    self.init(pages: pages)
    guard bytes.count == words.count * 8 else {
      throw VMStateError(
        .badRAMRecord, "a bitmap of another length than its block's", offset: offset,
        expected: "\(words.count * 8) bytes", found: "\(bytes.count)")
    }
    for index in words.indices {
      let word = bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      words[index] = byteOrder == .little ? UInt64(littleEndian: word) : UInt64(bigEndian: word)
    }
    guard pages & 63 == 0 || words[words.count - 1] >> UInt64(pages & 63) == 0 else {
      throw VMStateError(
        .badRAMRecord, "a bitmap with bits beyond its block", offset: offset,
        expected: "\(pages) bits")
    }
  }

  /// The bytes for the file.
  public func bytes(_ byteOrder: ByteOrder = .little) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * 8)
    for word in words {
      let ordered = byteOrder == .little ? word.littleEndian : word.bigEndian
      withUnsafeBytes(of: ordered) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// Whether the file holds a page.
  ///
  /// - Parameter page: 0 to `pages - 1`.
  public subscript(page: Int) -> Bool {
    get {
      precondition(page >= 0 && page < pages, "a page beyond the bitmap")
      return words[page >> 6] >> UInt64(page & 63) & 1 != 0
    }
    set {
      precondition(page >= 0 && page < pages, "a page beyond the bitmap")
      let bit = UInt64(1) << UInt64(page & 63)
      if newValue { words[page >> 6] |= bit } else { words[page >> 6] &= ~bit }
    }
  }

  /// Number of pages that the file holds.
  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The next run of pages that the file holds.
  ///
  /// - Parameters:
  ///   - page: Where to begin to look.
  ///   - limit: The longest run to give; a longer one comes in parts.
  /// - Returns: nil if no page from there on is set.
  public func nextRun(from page: Int, limit: Int = .max) -> Range<Int>? {
    guard let first = next(from: page, inverted: 0) else { return nil }
    let end = next(from: first, inverted: .max) ?? pages
    return first..<min(end, end - first > limit ? first + max(limit, 1) : end)
  }

  /// The next page whose bit, after inversion, is set.
  private func next(from page: Int, inverted: UInt64) -> Int? {
    guard page < pages else { return nil }
    var index = page >> 6
    var word = (words[index] ^ inverted) & UInt64.max << UInt64(page & 63)
    while word == 0 {
      index += 1
      guard index < words.count else { return nil }
      word = words[index] ^ inverted
    }
    let found = index << 6 + word.trailingZeroBitCount
    return found < pages ? found : nil
  }
}
