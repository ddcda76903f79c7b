/// A key by its codes. The code of set 1 follows from that of set 2 by the translation that
/// the keyboard controller of the PC AT has always done.
public struct PS2Key: Sendable, Hashable {
  /// Make code in set 2, without prefix.
  public let set2: UInt8
  /// Make code in set 3.
  public let set3: UInt8
  /// The codes of sets 1 and 2 have the prefix E0.
  public let isExtended: Bool

  /// A key.
  ///
  /// - Parameters:
  ///   - set2: Make code in set 2, without prefix.
  ///   - set3: Make code in set 3; the same as in set 2 for most keys.
  ///   - isExtended: Prefix E0 in sets 1 and 2.
  public init(set2: UInt8, set3: UInt8? = nil, isExtended: Bool = false) {
    self.set2 = set2
    self.set3 = set3 ?? set2
    self.isExtended = isExtended
  }

  /// Prefix of keys that the first PC keyboard did not have.
  public static let extendedPrefix: UInt8 = 0xE0
  /// Prefix of a release in sets 2 and 3.
  public static let releasePrefix: UInt8 = 0xF0

  /// The bytes that a press or release gives.
  ///
  /// - Parameters:
  ///   - set: 1, 2 or 3; anything else counts as 2.
  ///   - isDown: Press or release.
  public func codes(set: Int, isDown: Bool) -> [UInt8] {
    switch set {
    case 1:
      let prefix = isExtended ? [Self.extendedPrefix] : []
      return prefix + [Self.translated(set2) | (isDown ? 0 : 0x80)]
    case 3: return (isDown ? [] : [Self.releasePrefix]) + [set3]
    default:
      let prefix = isExtended ? [Self.extendedPrefix] : []
      return prefix + (isDown ? [] : [Self.releasePrefix]) + [set2]
    }
  }
}

extension PS2Key {
  /// A.
  public static let a = PS2Key(set2: 0x1C)
  /// B.
  public static let b = PS2Key(set2: 0x32)
  /// The digit 1.
  public static let digit1 = PS2Key(set2: 0x16)
  /// Space bar.
  public static let space = PS2Key(set2: 0x29)
  /// Enter of the main block.
  public static let enter = PS2Key(set2: 0x5A)
  /// Escape.
  public static let escape = PS2Key(set2: 0x76, set3: 0x08)
  /// Left shift.
  public static let leftShift = PS2Key(set2: 0x12)
  /// Left control.
  public static let leftControl = PS2Key(set2: 0x14, set3: 0x11)
  /// Left alt.
  public static let leftAlt = PS2Key(set2: 0x11, set3: 0x19)
  /// Delete of the grey block.
  public static let delete = PS2Key(set2: 0x71, set3: 0x64, isExtended: true)
  /// Arrow up.
  public static let up = PS2Key(set2: 0x75, set3: 0x63, isExtended: true)
  /// F1.
  public static let f1 = PS2Key(set2: 0x05, set3: 0x07)
  /// F7, the one key of set 2 above 7F.
  public static let f7 = PS2Key(set2: 0x83, set3: 0x37)
}

extension PS2Key {
  /// A set 2 byte as the translator turns it into set 1.
  public static func translated(_ code: UInt8) -> UInt8 {
    switch code {
    case 0..<0x80: lowCodes[Int(code)]
    case 0x83: 0x41
    case 0x84: 0x54
    default: code
    }
  }

  /// Set 1 codes of the set 2 codes 00 to 7F.
  private static let lowCodes: [UInt8] = [
    0xFF, 0x43, 0x41, 0x3F, 0x3D, 0x3B, 0x3C, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3E, 0x0F, 0x29, 0x59,
    0x65, 0x38, 0x2A, 0x70, 0x1D, 0x10, 0x02, 0x5A, 0x66, 0x71, 0x2C, 0x1F, 0x1E, 0x11, 0x03, 0x5B,
    0x67, 0x2E, 0x2D, 0x20, 0x12, 0x05, 0x04, 0x5C, 0x68, 0x39, 0x2F, 0x21, 0x14, 0x13, 0x06, 0x5D,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5E, 0x6A, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5F,
    0x6B, 0x33, 0x25, 0x17, 0x18, 0x0B, 0x0A, 0x60, 0x6C, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0C, 0x61,
    0x6D, 0x73, 0x28, 0x74, 0x1A, 0x0D, 0x62, 0x6E, 0x3A, 0x36, 0x1C, 0x1B, 0x75, 0x2B, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7A, 0x0E, 0x7B, 0x7C, 0x4F, 0x7D, 0x4B, 0x47, 0x7E, 0x7F, 0x6F,
    0x52, 0x53, 0x50, 0x4C, 0x4D, 0x48, 0x01, 0x45, 0x57, 0x4E, 0x51, 0x4A, 0x37, 0x49, 0x46, 0x54,
  ]
}
