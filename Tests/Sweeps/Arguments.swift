/// The words after the sweep's name: `--seed N`, `--count N`, `--only PART`, and others.
struct Arguments {
  var seed: UInt64
  var count: Int?
  private var only: String?
  /// Words that are no options.
  private(set) var words: [String] = []

  init(_ arguments: some Sequence<String>) throws {
    seed = SystemRandomNumberGenerator.seed()
    var rest = Array(arguments)[...]
    while let word = rest.popFirst() {
      switch word {
      case "--seed": seed = try Self.number(&rest, word)
      case "--count": count = try Self.number(&rest, word)
      case "--only": only = rest.popFirst()
      default: words.append(word)
      }
    }
  }

  private static func number<Number: FixedWidthInteger>(
    _ rest: inout ArraySlice<String>, _ word: String
  ) throws -> Number {
    guard let number = rest.popFirst().flatMap({ Number($0) }) else {
      throw Violation("\(word) needs a number")
    }
    return number
  }

  /// True if a stream is to be swept.
  func matches(_ name: String) -> Bool { only.map(name.contains) ?? true }
}

extension SystemRandomNumberGenerator {
  fileprivate static func seed() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next() >> 16
  }
}
