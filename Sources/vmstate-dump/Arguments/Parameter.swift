/// How a parameter stands on the command line.
enum ParameterKind {
  /// A word by its place.
  case argument
  /// A name with a value behind it.
  case option
  /// A name alone.
  case flag
}

/// One argument, option or flag of a command: its names, its help, and the property it fills.
struct Parameter<Root> {
  var kind: ParameterKind
  /// `--format`, `-o`; the placeholder alone for an argument.
  var names: [String]
  /// What stands for the value in help, without brackets.
  var placeholder: String
  var help: String
  var isRequired = false
  var isRepeated = false
  var choices: [String] = []
  var standard: String?
  /// Fills the property; false if the word is none of its values.
  var take: (inout Root, String) -> Bool

  /// The name in messages: `--output`, `<file>`.
  var title: String { kind == .argument ? "<\(placeholder)>" : names.last ?? "" }

  /// As in a usage line.
  var usage: String {
    var text = kind == .argument ? "<\(placeholder)>" : names.last ?? ""
    if kind == .option { text += " <\(placeholder)>" }
    if isRepeated { text += " ..." }
    return isRequired ? text : "[\(text)]"
  }

  /// The same parameter of a struct that holds this one.
  func lifted<Outer>(_ path: WritableKeyPath<Outer, Root>) -> Parameter<Outer> {
    let take = take
    return Parameter<Outer>(
      kind: kind, names: names, placeholder: placeholder, help: help, isRequired: isRequired,
      isRepeated: isRepeated, choices: choices, standard: standard
    ) { take(&$0[keyPath: path], $1) }
  }
}

// MARK: - Spelling

extension Parameter {
  /// A word that must be there.
  static func argument<V: ParameterValue>(
    _ placeholder: String, _ path: WritableKeyPath<Root, V>, _ help: String
  ) -> Self {
    var new = Self(kind: .argument, names: [], placeholder: placeholder, help: help) {
      guard let value = V(argument: $1) else { return false }
      $0[keyPath: path] = value
      return true
    }
    new.isRequired = true
    new.choices = V.choices
    return new
  }

  /// One word or more.
  static func arguments<V: ParameterValue>(
    _ placeholder: String, _ path: WritableKeyPath<Root, [V]>, _ help: String,
    isRequired: Bool = true
  ) -> Self {
    var new = Self(kind: .argument, names: [], placeholder: placeholder, help: help) {
      guard let value = V(argument: $1) else { return false }
      $0[keyPath: path].append(value)
      return true
    }
    new.isRequired = isRequired
    new.isRepeated = true
    return new
  }

  /// An option that has a value without being given.
  static func option<V: ParameterValue>(
    _ names: String..., value: String, _ path: WritableKeyPath<Root, V>, standard: V,
    _ help: String
  ) -> Self {
    var new = Self(kind: .option, names: names, placeholder: value, help: help) {
      guard let value = V(argument: $1) else { return false }
      $0[keyPath: path] = value
      return true
    }
    new.choices = V.choices
    new.standard = standard.argumentText
    return new
  }

  /// An option that may be missing.
  static func option<V: ParameterValue>(
    _ names: String..., value: String, _ path: WritableKeyPath<Root, V?>, _ help: String,
    isRequired: Bool = false
  ) -> Self {
    var new = Self(kind: .option, names: names, placeholder: value, help: help) {
      guard let value = V(argument: $1) else { return false }
      $0[keyPath: path] = value
      return true
    }
    new.isRequired = isRequired
    new.choices = V.choices
    return new
  }

  /// An option that may come several times.
  static func options<V: ParameterValue>(
    _ names: String..., value: String, _ path: WritableKeyPath<Root, [V]>, _ help: String,
    isRequired: Bool = false
  ) -> Self {
    var new = Self(kind: .option, names: names, placeholder: value, help: help) {
      guard let value = V(argument: $1) else { return false }
      $0[keyPath: path].append(value)
      return true
    }
    new.isRequired = isRequired
    new.isRepeated = true
    new.choices = V.choices
    return new
  }

  /// A name that is there or not.
  static func flag(
    _ names: String..., path: WritableKeyPath<Root, Bool>, _ help: String
  ) -> Self {
    Self(kind: .flag, names: names, placeholder: "", help: help) { root, _ in
      root[keyPath: path] = true
      return true
    }
  }
}

extension Array {
  /// The parameters of a struct that several commands hold.
  static func group<Root, Inner>(
    _ path: WritableKeyPath<Root, Inner>, _ parameters: [Parameter<Inner>]
  ) -> [Parameter<Root>] where Element == Parameter<Root> {
    parameters.map { $0.lifted(path) }
  }
}
