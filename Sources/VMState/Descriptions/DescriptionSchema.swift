/// A description as plain values, to look at: names, versions, rows and subsections.
///
/// This is what layout and coverage tests, printed tables and the comparison of two versions
/// of a device are made from. It is built when it is asked for, and holds no closures.
public struct DescriptionSchema: Sendable {
  /// The section's name without path; a subsection's whole wire name.
  public let name: String
  /// The version written, and the highest accepted.
  public let version: Int
  /// The lowest version accepted.
  public let minimumVersion: Int
  /// The type of the state.
  public let stateType: any Any.Type
  /// The rows in wire order, validations and locals among them.
  public let fields: [FieldSchema]
  /// The subsections in wire order.
  public let subsections: [DescriptionSchema]
  /// There is a list of subsections, if only an empty one.
  public let hasSubsectionList: Bool
  /// A `needed` decides whether the section (or subsection) is sent.
  public let isConditional: Bool
  /// Place in the registry's order.
  public let priority: MigrationPriority
  /// The section is sent in the setup phase.
  public let isEarlySetup: Bool
  /// Why the device's presence blocks saves and loads, or nil.
  public let unmigratableReason: String?

  init(_ parts: DescriptionParts) {
    name = parts.name
    version = parts.version
    minimumVersion = parts.minimumVersion
    stateType = parts.stateType
    fields = parts.rows.map { $0.body.schema($0) }
    subsections = parts.subsections.map(\.schema)
    hasSubsectionList = parts.hasSubsectionList
    isConditional = parts.hooks.needed != nil
    priority = parts.priority
    isEarlySetup = parts.isEarlySetup
    unmigratableReason = parts.unmigratableReason
  }

  /// Bytes on the wire of a state saved with a version, where they are always the same; nil
  /// if a test, a count, a list or a subsection decides.
  public func wireSize(version: Int) -> Int? {
    guard subsections.isEmpty else { return nil }
    var total = 0
    for field in fields where field.role == .data {
      guard !field.hasTest else { return nil }
      guard field.since <= version else { continue }
      guard let size = field.wireSize else { return nil }
      total += size
    }
    return total
  }
}

extension VMStateDescription {
  /// The description as plain values.
  public var schema: DescriptionSchema { core.schema }
}

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
