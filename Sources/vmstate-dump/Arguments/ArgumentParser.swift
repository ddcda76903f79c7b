import VMStateInspect

/// Takes a command's words apart.
///
/// Options may stand anywhere, `--name value` and `--name=value` alike; `--` ends them; `-` is
/// an argument.
struct ArgumentParser<Root> {
  private let parameters: [Parameter<Root>]
  private let arguments: [Int]

  init(_ parameters: [Parameter<Root>]) {
    self.parameters = parameters
    arguments = parameters.indices.filter { parameters[$0].kind == .argument }
  }

  /// Fills the properties.
  ///
  /// - Returns: false if help is asked for.
  /// - Throws: `UsageError`.
  func parse(_ words: [String], into root: inout Root) throws(UsageError) -> Bool {
    var rest = words[...]
    var given: Set<Int> = []
    var place = 0
    var endsOptions = false
    while let word = rest.popFirst() {
      if !endsOptions, word == "--" {
        endsOptions = true
      } else if endsOptions || word == "-" || !word.hasPrefix("-") {
        try takeArgument(word, &place, &given, &root)
      } else if word == "-h" || word == "--help" {
        return false
      } else {
        try takeOption(word, &rest, &given, &root)
      }
    }
    try checkMissing(given)
    return true
  }

  private func takeArgument(
    _ word: String, _ place: inout Int, _ given: inout Set<Int>, _ root: inout Root
  ) throws(UsageError) {
    guard place < arguments.count else {
      throw UsageError("Unexpected argument '\(PrintableText.escaped(word))'")
    }
    let index = arguments[place]
    try fill(index, word, &given, &root)
    if !parameters[index].isRepeated { place += 1 }
  }

  private func takeOption(
    _ word: String, _ rest: inout ArraySlice<String>, _ given: inout Set<Int>,
    _ root: inout Root
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let index = parameters.firstIndex(where: { $0.names.contains(name) }) else {
      throw unknown(name)
    }
    let parameter = parameters[index]
    guard parameter.kind == .option else {
      guard parts.count == 1 else { throw UsageError("'\(name)' takes no value") }
      return try fill(index, "", &given, &root)
    }
    let value: String
    if parts.count == 2 {
      value = String(parts[1])
    } else if let next = rest.first, next == "-" || !next.hasPrefix("--") {
      value = next
      rest.removeFirst()
    } else {
      throw UsageError(
        "Missing value for '\(name) <\(parameter.placeholder)>'", help: helpLine(parameter))
    }
    if !parameter.isRepeated, given.contains(index) {
      throw UsageError("'\(name)' is given twice")
    }
    try fill(index, value, &given, &root)
  }

  private func fill(
    _ index: Int, _ word: String, _ given: inout Set<Int>, _ root: inout Root
  ) throws(UsageError) {
    let parameter = parameters[index]
    guard parameter.take(&root, word) else {
      let choices = parameter.choices.isEmpty ? "" : "; it is one of \(listed(parameter.choices))"
      let near = Suggestion.nearest(to: word, in: parameter.choices)
      throw UsageError(
        "The value '\(PrintableText.escaped(word))' is invalid for '\(parameter.title)'\(choices)"
          + (near.map { ". Did you mean '\($0)'?" } ?? ""), help: helpLine(parameter))
    }
    given.insert(index)
  }

  private func checkMissing(_ given: Set<Int>) throws(UsageError) {
    for (index, parameter) in parameters.enumerated()
    where parameter.isRequired && !given.contains(index) {
      let what = parameter.kind == .argument ? "argument" : "option"
      let name =
        parameter.kind == .argument
        ? "<\(parameter.placeholder)>" : "\(parameter.title) <\(parameter.placeholder)>"
      throw UsageError("Missing expected \(what) '\(name)'", help: helpLine(parameter))
    }
  }

  private func unknown(_ name: String) -> UsageError {
    let names = parameters.flatMap(\.names) + ["--help"]
    let near = Suggestion.nearest(to: name, in: names)
    return UsageError(
      "Unknown option '\(PrintableText.escaped(name))'"
        + (near.map { ". Did you mean '\($0)'?" } ?? ""))
  }

  private func helpLine(_ parameter: Parameter<Root>) -> String {
    let first = parameter.help.split(separator: "\n").first.map(String.init) ?? ""
    let value = parameter.kind == .option ? " <\(parameter.placeholder)>" : ""
    return "\(parameter.title)\(value)  \(first)"
  }

  private func listed(_ words: [String]) -> String {
    words.map { "'\($0)'" }.joined(separator: ", ")
  }
}
