import VMState

/// One field of a section as a walk over the tree meets it.
public struct FieldEntry: Sendable {
  /// What a field is.
  public enum Content: Sendable {
    /// One value or an array of them.
    case leaf(Leaf)
    /// A nested structure; its fields follow, one level deeper.
    case structure(name: String, version: Int)
    /// A list of so many elements, which follow as structures.
    case list(Int)
    /// A tree of so many nodes; keys and values follow.
    case tree(Int)
    /// A subsection; its fields follow, one level deeper.
    case subsection(version: Int)
  }

  /// The last part of the path: the field's name, with `[k]` for an element.
  public var name: String
  /// Section, structures and field, joined by `/`: `0000:00:03.0/e1000/mac_reg`.
  public var path: String
  /// Structures around it.
  public var depth: Int
  /// The type's name; `subsection` for one.
  public var type: String
  /// Where it begins, counted from the first byte of the stream. A subsection begins with its
  /// type byte.
  public var offset: UInt64
  /// Bytes on the wire, markers and headers included.
  public var length: Int
  /// What it is.
  public var content: Content

  /// The leaf, if it is one.
  public var leaf: Leaf? {
    guard case .leaf(let leaf) = content else { return nil }
    return leaf
  }
}
