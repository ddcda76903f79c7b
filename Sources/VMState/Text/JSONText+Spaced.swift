extension JSONText {
  /// A compact text in the older form, with spaces inside brackets and before colons too.
  ///
  /// QEMU: qjson.c, up to 5.2.
  static func spaced(_ compact: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(compact.count + compact.count / 8)
    let space = UInt8(ascii: " ")
    var (isQuoted, isEscaped) = (false, false)
    for byte in compact {
      if isQuoted {
        isQuoted = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        bytes.append(byte)
        continue
      }
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["): bytes += [byte, space]
      case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"): bytes += [space, byte]
      default:
        isQuoted = byte == UInt8(ascii: "\"")
        bytes.append(byte)
      }
    }
    return bytes
  }
}
