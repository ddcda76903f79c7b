/// Text for an HTML page.
enum HTMLText {
  /// Text that came from a stream or a file name: nothing in it is markup, in an element or in
  /// a quoted attribute, and no control character is left.
  static func escaped(_ text: String) -> String {
    let text = PrintableText.escaped(text)
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "`": result += "&#96;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A number with thin spaces between groups of three digits.
  static func grouped(_ number: some BinaryInteger) -> String {
    var digits = Array(String(number))
    var place = digits.count - 3
    while place > 0 {
      digits.insert("\u{202F}", at: place)
      place -= 3
    }
    return String(digits)
  }

  /// An address in hexadecimal digits.
  static func address(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
