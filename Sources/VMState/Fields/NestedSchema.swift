/// A table below a row.
public struct NestedSchema: Sendable {
  /// What the table describes.
  public enum Role: Sendable, Hashable {
    /// Each element.
    case element
    /// The key of a tree's node.
    case key
    /// The value of a tree's node.
    case value
    /// A temporary object that is no part of the state.
    case temporary
  }

  /// What the table describes.
  public let role: Role
  /// The table.
  public let schema: DescriptionSchema
  /// The version of a versioned structure (`vstruct`), else nil.
  public let version: Int?
  /// Where the elements are, if they are part of the state's own memory.
  public internal(set) var place: ElementPlace?

  init(_ role: Role, _ schema: DescriptionSchema, version: Int? = nil) {
    self.role = role
    self.schema = schema
    self.version = version
  }
}

/// Elements at equal distances in the memory of a state.
public struct ElementPlace: Sendable, Hashable {
  /// Of the first, in bytes from the start of the state.
  public let offset: Int
  /// From one to the next, in bytes.
  public let stride: Int
  /// Elements, or the most there can be.
  public let count: Int
}
