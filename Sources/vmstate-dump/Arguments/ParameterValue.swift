/// A type that a word of the command line can be turned into.
protocol ParameterValue {
  /// From a word; nil if it is none of these.
  init?(argument: String)
  /// The words that are taken, if they are few.
  static var choices: [String] { get }
  /// The word for this value, shown as a default.
  var argumentText: String { get }
}

extension ParameterValue {
  static var choices: [String] { [] }
  var argumentText: String { "\(self)" }
}

extension String: ParameterValue {
  init?(argument: String) { self = argument }
}

extension Int: ParameterValue {
  init?(argument: String) { self.init(argument) }
}

/// A number of bytes or an offset: decimal, `0x` hexadecimal, with `K`, `M`, `G` or `T` behind.
extension UInt64: ParameterValue {
  init?(argument: String) {
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30, "T": 40]
    var digits = argument[...]
    let shift = digits.last.flatMap { shifts[Character($0.uppercased())] } ?? 0
    if shift > 0 { digits.removeLast() }
    let isHex = digits.hasPrefix("0x") || digits.hasPrefix("0X")
    guard let value = isHex ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits),
      value <= UInt64.max >> shift
    else { return nil }
    self = value << shift
  }
}

/// How results are printed.
enum OutputFormat: String, CaseIterable, ParameterValue {
  case text, json
}

extension ParameterValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  init?(argument: String) { self.init(rawValue: argument) }
  static var choices: [String] { allCases.map(\.rawValue) }
  var argumentText: String { rawValue }
}
