extension VMStateError: CustomStringConvertible {
  /// The error as one sentence: path, message, then offset, expected and found in parentheses.
  public var description: String {
    var text = path.isEmpty ? message : "\(pathDescription): \(message)"
    var details: [String] = []
    if let offset { details.append("at byte \(offset) of the stream") }
    if let expected { details.append("expected \(expected)") }
    if let found { details.append("found \(found)") }
    if !details.isEmpty { text += " (" + details.joined(separator: ", ") + ")" }
    if let cause { text += ": \(cause)" }
    return text
  }
}

extension VMStateError {
  /// Wraps whatever a hook threw; an error of this package passes through unchanged.
  ///
  /// - Parameters:
  ///   - error: What was thrown.
  ///   - hook: The hook's name, for the sentence (`post-load`, `save-setup`).
  public static func fromHook(_ error: any Error, _ hook: String) -> VMStateError {
    if let own = error as? VMStateError { return own }
    return VMStateError(.hookFailed, "the \(hook) hook failed", cause: error)
  }
}
