/// A layout made at run time from a JSON description: what `VMStateDescription` is to a
/// device, this is to a section without one.
///
/// It describes one section as it was written: the fields that were there, the counts they
/// had, the subsections that were sent.
public struct DescribedTable: Sendable, Equatable {
  /// The description's name; empty for old-style sections.
  public var name: String
  /// The version that was written.
  public var version: Int
  /// The fields in wire order.
  public var fields: [DescribedField]
  /// The subsections that were written, in wire order.
  public var subsections: [DescribedTable]
  /// An old-style section (`save_state`): its size, and one field `data`.
  public var wholeSize: Int?

  /// Makes a layout.
  public init(
    name: String, version: Int, fields: [DescribedField], subsections: [DescribedTable] = [],
    wholeSize: Int? = nil
  ) {
    self.name = name
    self.version = version
    self.fields = fields
    self.subsections = subsections
    self.wholeSize = wholeSize
  }
}

/// One field of a layout made from a JSON description.
public struct DescribedField: Sendable, Equatable {
  /// What a field's bytes consist of.
  public enum Content: Sendable, Equatable {
    /// `size` raw bytes; the type says how to read them.
    case leaf
    /// Nested structures, one table for each (`struct`, `vstruct`, `tmp`).
    case structure(DescribedTable)
    /// Marked elements, a table for each one that was written (`qtailq`, `qlist`).
    case list([DescribedTable])
    /// Marked nodes after a count, tables in stream order (`gtree`).
    case tree([DescribedTable])
  }

  /// The name, with `[k]` where the section has several of the same.
  public var name: String
  /// Elements that share this entry, where it stands for more than one.
  public var arrayLength: Int?
  /// The element's place in its array, where each has an entry of its own.
  public var index: Int?
  /// The type's name.
  public var type: String
  /// Bytes of one element on the wire.
  public var size: Int
  /// What the bytes consist of.
  public var content: Content

  /// Elements that this entry stands for.
  public var count: Int { arrayLength ?? 1 }

  /// The name as it appears in paths.
  public var pathName: String { index.map { "\(name)[\($0)]" } ?? name }

  /// Makes a field.
  public init(
    name: String, arrayLength: Int? = nil, index: Int? = nil, type: String, size: Int,
    content: Content = .leaf
  ) {
    self.name = name
    self.arrayLength = arrayLength
    self.index = index
    self.type = type
    self.size = size
    self.content = content
  }
}
