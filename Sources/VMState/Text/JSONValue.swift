/// A JSON value that loses nothing of its text's meaning: objects keep the order of their
/// members and repeated keys, numbers keep their digits.
///
/// The JSON description of a stream needs that: queues repeat the same keys once per element,
/// and sizes may exceed what a `Double` holds. Two values are equal if their members come in
/// the same order and their numbers are written alike.
public enum JSONValue: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number, as it is written.
  case number(String)
  /// A string, without escapes.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object([Member])

  /// One member of an object.
  public struct Member: Sendable, Equatable {
    /// The key, which may occur more than once in an object.
    public var key: String
    /// The value.
    public var value: JSONValue

    /// Makes a member.
    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// A number of decimal digits.
  public static func integer(_ value: some BinaryInteger) -> JSONValue {
    .number(String(value))
  }
}

// MARK: - Looking inside

extension JSONValue {
  /// The value of the first member with a key; nil if there is none, or this is no object.
  ///
  /// - Complexity: O(n) for n members.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The values of all members with a key, in order.
  public func members(named key: String) -> [JSONValue] {
    guard case .object(let members) = self else { return [] }
    return members.compactMap { $0.key == key ? $0.value : nil }
  }

  /// The members of an object, or nil.
  public var members: [Member]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  /// The elements of an array, or nil.
  public var elements: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The text of a string, or nil.
  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The value of a number that is written as an integer and fits, or nil.
  public var int: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits)
  }

  /// The value of a number that is written as an integer and fits, or nil.
  public var uint64: UInt64? {
    guard case .number(let digits) = self else { return nil }
    return UInt64(digits)
  }

  /// The value of `true` or `false`, or nil.
  public var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }
}
