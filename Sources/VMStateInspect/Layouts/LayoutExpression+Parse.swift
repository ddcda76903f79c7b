extension LayoutExpression {
  /// Reads an expression of the layout texts; nil if it is none.
  init?(_ text: some StringProtocol) {
    var parser = Parser(text)
    guard let expression = parser.expression(1), parser.words.isEmpty else { return nil }
    self = expression
  }

  private struct Parser {
    var words: ArraySlice<String>

    init(_ text: some StringProtocol) {
      var words: [String] = []
      for character in text {
        if character == " " {
          words.append("")
        } else if let last = words.last, Self.joins(last, character) {
          words[words.count - 1].append(character)
        } else {
          words.append(String(character))
        }
      }
      self.words = words.filter { !$0.isEmpty }[...]
    }

    /// Letters join letters, signs join to two-character operators.
    private static func joins(_ word: String, _ character: Character) -> Bool {
      guard let last = word.last else { return true }
      if isName(last) { return isName(character) }
      return Operator(rawValue: word + String(character)) != nil || word + "\(character)" == "=="
        || (word == "=" || word == "!") && character == "="
    }

    private static func isName(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || "_.[]".contains(character)
    }

    mutating func expression(_ precedence: Int) -> LayoutExpression? {
      guard var left = operand() else { return nil }
      while let word = words.first, let sign = Operator(rawValue: word),
        sign.precedence >= precedence
      {
        words.removeFirst()
        guard let right = expression(sign.precedence + 1) else { return nil }
        left = .binary(sign, left, right)
      }
      return left
    }

    private mutating func operand() -> LayoutExpression? {
      guard let word = words.popFirst() else { return nil }
      if word == "not" { return expression(3).map { .not($0) } }
      if word == "(" {
        guard let inner = expression(1), words.popFirst() == ")" else { return nil }
        return inner
      }
      if let number = Int(word) { return .number(number) }
      guard let first = word.first, first.isLetter || first == "_" else { return nil }
      return .value(word)
    }
  }
}
