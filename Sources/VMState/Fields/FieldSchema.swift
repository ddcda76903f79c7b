/// One row of a description as plain values.
public struct FieldSchema: Sendable {
  /// What a row is for.
  public enum Role: Sendable, Hashable {
    /// It travels.
    case data
    /// It checks the rows before it.
    case validation
    /// It says that a property does not travel.
    case local
  }

  /// The number of elements.
  public enum Count: Sendable, Hashable {
    /// Always the same.
    case fixed(Int)
    /// In another member of the state.
    case counted
  }

  /// How pointers are told from null.
  public enum Pointers: Sendable, Hashable {
    /// The elements are no pointers.
    case none
    /// One pointer that must be there; nothing marks it.
    case required
    /// A null pointer is one byte; nothing marks a present one.
    case nullMarked
    /// One byte stands before every element (11.x).
    case marked
  }

  /// The name with its suffix where the table has several of the same name.
  public let name: String
  /// What the row is for.
  public let role: Role
  /// The `"type"` in the JSON description.
  public let type: String
  /// First version of the description that has the row; of no meaning with a test.
  public let since: Int
  /// A test alone decides whether the row exists.
  public let hasTest: Bool
  /// The number of elements.
  public internal(set) var count = Count.fixed(1)
  /// Pointers.
  public internal(set) var pointers = Pointers.none
  /// Bytes of one element on the wire where they are always the same, else nil.
  public internal(set) var elementSize: Int?
  /// The bytes of the state that the row covers.
  public let memory: [Range<Int>]
  /// The tables below.
  public internal(set) var nested: [NestedSchema] = []

  /// Bytes of the row on the wire where they are always the same, else nil.
  public var wireSize: Int? {
    guard case .fixed(let count) = count, let elementSize else { return nil }
    guard pointers == .none || pointers == .required else { return nil }
    return count * elementSize
  }

  init(_ row: FieldRow, memory: [Range<Int>]) {
    name = row.name
    role = row.isLocal ? .local : row.mustExist ? .validation : .data
    type = row.body.typeName
    since = row.since
    hasTest = row.exists != nil
    self.memory = memory
  }

  init(_ row: FieldRow, memory: [Range<Int>], storage: ElementStorage, codec: ElementCodec) {
    self.init(row, memory: memory)
    count = storage.fixedCount.map { .fixed($0) } ?? .counted
    nested = codec.nested
    elementSize = codec.fixedSize ?? storage.bufferSize
    for index in nested.indices where nested[index].role == .element {
      nested[index].place = (storage as? InlineStorage).flatMap { place in
        codec is StructCodec
          ? ElementPlace(offset: place.offset, stride: place.stride, count: place.capacity) : nil
      }
    }
    if codec is StructCodec, let table = nested.first {
      elementSize = table.schema.wireSize(version: table.version ?? table.schema.version)
    }
  }
}
