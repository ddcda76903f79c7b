/// What a check of this module throws: one clear sentence.
///
/// Any test framework reports it as it is; a check that passes throws nothing.
public struct TestFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// Makes a failure.
  public init(_ description: String) { self.description = description }
}
