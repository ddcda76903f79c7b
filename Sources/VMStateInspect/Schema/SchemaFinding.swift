/// What stands in the way of a stream that one side of a comparison writes and the other loads.
public struct SchemaFinding: Sendable, Equatable {
  /// How sure it is.
  public enum Severity: String, Sendable {
    /// Every stream with this section is refused.
    case refused
    /// A stream is refused if it carries this part.
    case refusedWhenSent
    /// The stream loads, but values land in other fields.
    case misread
    /// The sources do not tell.
    case untold
  }

  /// What it is about.
  public enum Cause: String, Sendable {
    /// The version that travels.
    case version
    /// A subsection.
    case subsection
    /// Fields, their order and lengths.
    case layout
    /// A section.
    case section
  }

  /// How sure it is.
  public var severity: Severity
  /// What it is about.
  public var cause: Cause
  /// Description and field names below the section.
  public var path: [String]
  /// The reason, as a sentence without its full stop.
  public var reason: String

  /// Makes a finding.
  public init(
    _ severity: Severity, _ cause: Cause, _ path: [String], _ reason: String
  ) {
    self.severity = severity
    self.cause = cause
    self.path = path
    self.reason = reason
  }

  /// The same finding inside a part that is not always sent.
  var whenSent: SchemaFinding {
    var copy = self
    if severity == .refused { copy.severity = .refusedWhenSent }
    return copy
  }
}
