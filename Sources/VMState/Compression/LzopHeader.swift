/// The header of an lzop file, as far as its blocks need it. All numbers are big-endian.
///
/// Wire: 9 bytes magic, be16 version, be16 library, be16 version needed, byte method, byte level,
/// be32 flags, be32 filter if flagged, be32 mode, be32 time, be32 its high half, counted name,
/// be32 sum; an extra field if flagged. Versions before 0940 have neither the version needed
/// nor the level nor the time's high half.
struct LzopHeader {
  static let magic: [UInt8] = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a]

  /// What the flags say.
  struct Flags: OptionSet {
    let rawValue: UInt32
    static let adlerOfData = Self(rawValue: 0x1)
    static let adlerOfBlock = Self(rawValue: 0x2)
    static let extraField = Self(rawValue: 0x40)
    static let crcOfData = Self(rawValue: 0x100)
    static let crcOfBlock = Self(rawValue: 0x200)
    static let filter = Self(rawValue: 0x800)
  }

  let flags: Flags

  /// Decodes a header that fills these bytes exactly.
  ///
  /// - Returns: nil if more bytes are needed.
  /// - Throws: `badCompression`, `unsupported`.
  init?(_ bytes: [UInt8]) throws(VMStateError) {
    guard bytes.count >= 13 else { return nil }
    guard bytes.starts(with: Self.magic) else {
      throw VMStateError(.badCompression, "not an lzop file", expected: "its magic")
    }
    func number(_ place: Int, _ count: Int) -> UInt32 {
      bytes[place..<place + count].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let isNew = number(9, 2) >= 0x940
    var place = isNew ? 15 : 13
    guard bytes.count >= place + 6 + (isNew ? 1 : 0) else { return nil }
    let method = bytes[place]
    place += isNew ? 2 : 1
    flags = Flags(rawValue: number(place, 4))
    guard (1...3).contains(method), !flags.contains(.filter) else {
      throw VMStateError(
        .unsupported, "lzop data of an unknown method", expected: "LZO1X without a filter",
        found: "method \(method)")
    }
    place += isNew ? 16 : 12
    guard bytes.count > place else { return nil }
    place += 1 + Int(bytes[place]) + 4
    if flags.contains(.extraField) {
      guard bytes.count >= place + 4 else { return nil }
      let length = number(place, 4)
      guard length <= 4096 else {
        throw VMStateError(.badCompression, "an lzop header that is too long")
      }
      place += 4 + Int(length) + 4
    }
    if bytes.count < place { return nil }
  }
}
