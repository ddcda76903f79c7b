/// A count, a size or a condition of a layout: integers, values read before, and properties of
/// the machine (`cfg.…`) that a stream does not tell.
indirect enum LayoutExpression: Sendable, Equatable {
  /// A number.
  case number(Int)
  /// A value by name: a field read before, `v` for the version, `cfg.…`.
  case value(String)
  /// A negation.
  case not(LayoutExpression)
  /// Two values with an operator between them.
  case binary(Operator, LayoutExpression, LayoutExpression)

  /// What can stand between two values, by rising precedence.
  enum Operator: String, Sendable, CaseIterable {
    case or
    case and
    case equal = "=="
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    case plus = "+"
    case minus = "-"
    case bits = "&"
    case times = "*"
    case over = "/"

    var precedence: Int {
      switch self {
      case .or: 1
      case .and: 2
      case .equal, .unequal, .atMost, .atLeast, .below, .above: 3
      case .plus, .minus: 4
      case .bits, .times, .over: 5
      }
    }

    /// The result, or nil where there is none: an overflow, a division by zero.
    func apply(_ one: Int, _ other: Int) -> Int? {
      switch self {
      case .or: one != 0 || other != 0 ? 1 : 0
      case .and: one != 0 && other != 0 ? 1 : 0
      case .equal: one == other ? 1 : 0
      case .unequal: one != other ? 1 : 0
      case .atMost: one <= other ? 1 : 0
      case .atLeast: one >= other ? 1 : 0
      case .below: one < other ? 1 : 0
      case .above: one > other ? 1 : 0
      case .bits: one & other
      case .plus: Self.checked(one.addingReportingOverflow(other))
      case .minus: Self.checked(one.subtractingReportingOverflow(other))
      case .times: Self.checked(one.multipliedReportingOverflow(by: other))
      case .over: Self.checked(one.dividedReportingOverflow(by: other))
      }
    }

    private static func checked(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
      result.overflow ? nil : result.partialValue
    }
  }

  /// The value.
  ///
  /// - Parameter lookup: The value of a name, or nil if nothing has it.
  /// - Returns: nil if a name has no value, or the arithmetic none.
  func evaluate(_ lookup: (String) -> Int?) -> Int? {
    switch self {
    case .number(let number): number
    case .value(let name): lookup(name)
    case .not(let inner): inner.evaluate(lookup).map { $0 == 0 ? 1 : 0 }
    case .binary(let sign, let one, let other): Self.combine(sign, one, other, lookup)
    }
  }

  private static func combine(
    _ sign: Operator, _ one: LayoutExpression, _ other: LayoutExpression,
    _ lookup: (String) -> Int?
  ) -> Int? {
    guard let first = one.evaluate(lookup) else { return nil }
    // The second operand may depend on the first: no property is asked for in vain.
    if sign == .and, first == 0 { return 0 }
    if sign == .or, first != 0 { return 1 }
    guard let second = other.evaluate(lookup) else { return nil }
    return sign.apply(first, second)
  }

  /// The names it uses.
  var names: Set<String> {
    switch self {
    case .number: []
    case .value(let name): [name]
    case .not(let inner): inner.names
    case .binary(_, let one, let other): one.names.union(other.names)
    }
  }
}
