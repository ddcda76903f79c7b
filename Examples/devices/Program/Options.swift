/// A command line that cannot be understood.
struct UsageError: Error {
  let message: String
}

/// Options of the form `--name value`, and flags.
struct Options {
  private var values: [String: String] = [:]
  private var flags: Set<String> = []

  /// Sorts arguments.
  ///
  /// - Throws: `UsageError` for anything that is not listed.
  init(_ arguments: [String], values known: Set<String>, flags knownFlags: Set<String> = []) throws
  {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if knownFlags.contains(name) {
        flags.insert(name)
      } else if known.contains(name) {
        guard let value = rest.popFirst() else {
          throw UsageError(message: "\(name) needs a value")
        }
        values[name] = value
      } else {
        throw UsageError(message: "'\(name)' is not understood")
      }
    }
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  func text(_ name: String) -> String? { values[name] }

  func required(_ name: String) throws -> String {
    guard let value = values[name] else { throw UsageError(message: "\(name) is missing") }
    return value
  }

  func number(_ name: String, default standard: UInt64) throws -> UInt64 {
    guard let text = values[name] else { return standard }
    guard let number = UInt64(text) else {
      throw UsageError(message: "\(name) needs a number, not '\(text)'")
    }
    return number
  }
}
