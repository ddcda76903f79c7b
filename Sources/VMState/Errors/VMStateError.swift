/// The one error of this package: what went wrong, where, and what would have been right.
///
/// An error names the *code*, the *path* from the section down to field and index, the
/// *offset* in the stream, what was *expected* and what was *found*, and the *cause* when a
/// hook or the operating system gave one. `description` renders all of it as a sentence.
///
/// ```
/// i8254: version 9 is not supported (at byte 843210 of the stream, expected at most 3, found 9)
/// ```
public struct VMStateError: Error, Sendable {
  // One reference wide, so that a typed throw costs a pointer.
  private var storage: Storage

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - code: The kind of failure.
  ///   - message: A sentence for people, without the path and the offset.
  ///   - path: Names from the section down; may be filled in by the callers on the way up.
  ///   - offset: Bytes from the start of the stream.
  ///   - expected: What a good stream would have had there.
  ///   - found: What was there.
  ///   - cause: The error of a hook, a channel or a nested load.
  public init(
    _ code: Code, _ message: String, path: [String] = [], offset: UInt64? = nil,
    expected: String? = nil, found: String? = nil, cause: (any Error)? = nil
  ) {
    storage = Storage(
      code: code, message: message, path: path, offset: offset, expected: expected, found: found,
      cause: cause)
  }

  /// The kind of failure; programs decide by it, never by the text.
  public var code: Code { storage.code }

  /// What happened, as a sentence without path, offset and values.
  public var message: String { storage.message }

  /// Names from the outermost (section id string, or RAM block) to the field with its index.
  public var path: [String] { storage.path }

  /// The path joined with slashes, for example `0000:00:03.0/e1000/tx.data`.
  public var pathDescription: String { storage.path.joined(separator: "/") }

  /// Bytes from the start of the stream (of the first byte that is wrong or missing).
  public var offset: UInt64? { storage.offset }

  /// What a good stream would have had.
  public var expected: String? { storage.expected }

  /// What was found instead.
  public var found: String? { storage.found }

  /// The error underneath: what a hook threw, or a channel reported.
  public var cause: (any Error)? { storage.cause }

  private mutating func edit(_ change: (Storage) -> Void) {
    if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
    change(storage)
  }

  /// The same error below one more name: callers add their own name on the way up.
  public func within(_ name: String) -> VMStateError {
    var copy = self
    copy.edit { $0.path.insert(name, at: 0) }
    return copy
  }

  /// The same error below a name, if it is below none yet: for parts of the framing, which
  /// belong to no section.
  public func named(_ name: String) -> VMStateError { path.isEmpty ? within(name) : self }

  /// The same error with an offset, if it has none yet.
  public func at(_ offset: UInt64) -> VMStateError {
    guard self.offset == nil else { return self }
    var copy = self
    copy.edit { $0.offset = offset }
    return copy
  }

  private final class Storage: @unchecked Sendable {
    // Written only while uniquely referenced.
    var code: Code
    var message: String
    var path: [String]
    var offset: UInt64?
    var expected: String?
    var found: String?
    var cause: (any Error)?

    init(
      code: Code, message: String, path: [String], offset: UInt64?, expected: String?,
      found: String?, cause: (any Error)?
    ) {
      self.code = code
      self.message = message
      self.path = path
      self.offset = offset
      self.expected = expected
      self.found = found
      self.cause = cause
    }

    convenience init(copying other: Storage) {
      self.init(
        code: other.code, message: other.message, path: other.path, offset: other.offset,
        expected: other.expected, found: other.found, cause: other.cause)
    }
  }
}
