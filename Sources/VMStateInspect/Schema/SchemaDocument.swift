/// All layouts of a stream, or of a QEMU's `-dump-vmstate` file, in one form.
///
/// A stream shows every section of one guest as it was written: types, sizes on the wire, and
/// the subsections that were sent. A `-dump-vmstate` file shows every device class of one QEMU
/// as it is declared: the versions it accepts, the version that brought a field, all
/// subsections; but neither types nor, before QEMU 10, array lengths.
public struct SchemaDocument: Sendable, Equatable {
  /// Where the layouts come from, which decides what they tell.
  public enum Origin: String, Sendable {
    /// The JSON description of a stream.
    case stream
    /// A `-dump-vmstate` file.
    case classes
  }

  /// Where the layouts come from.
  public var origin: Origin
  /// The full name of the machine type.
  public var machine: String?
  /// The size of a guest page in bytes, if it is told.
  public var pageSize: Int?
  /// Sections sorted by name and instance, or classes sorted by name.
  public var sections: [SchemaSection]

  /// Makes a document; the sections are sorted.
  public init(
    origin: Origin, machine: String? = nil, pageSize: Int? = nil, sections: [SchemaSection]
  ) {
    self.origin = origin
    self.machine = machine
    self.pageSize = pageSize
    self.sections = sections.sorted { left, right in
      left.name == right.name ? left.occurrence < right.occurrence : left.name < right.name
    }
  }
}

/// One section of a stream, or one device class of a `-dump-vmstate` file.
public struct SchemaSection: Sendable, Equatable {
  /// The section's name with its path, or the class's name.
  public var name: String
  /// The instance id; nil for a class.
  public var instance: UInt32?
  /// How many sections of this name and instance came before it.
  public var repetition = 0
  /// The layout.
  public var table: SchemaTable

  /// Makes a section.
  public init(name: String, instance: UInt32?, table: SchemaTable) {
    self.name = name
    self.instance = instance
    self.table = table
  }

  /// How a section is told from others of its name.
  var occurrence: (UInt32, Int) { (instance ?? 0, repetition) }

  /// The name, with the instance where it is not 0.
  var title: String {
    guard let instance, instance > 0 else { return name }
    return "\(name) instance \(instance)"
  }
}

/// The layout of a section, of a nested structure, or of a subsection.
public struct SchemaTable: Sendable, Equatable {
  /// The description's name.
  public var name: String
  /// The version that is written, and the highest accepted.
  public var version: Int
  /// The lowest version accepted; nil where the source does not tell.
  public var minimum: Int?
  /// The fields in wire order.
  public var fields: [SchemaField]
  /// The subsections: those that were sent, or all that are declared.
  public var subsections: [SchemaTable]

  /// Makes a table.
  public init(
    name: String, version: Int, minimum: Int? = nil, fields: [SchemaField] = [],
    subsections: [SchemaTable] = []
  ) {
    self.name = name
    self.version = version
    self.minimum = minimum
    self.fields = fields
    self.subsections = subsections
  }
}

/// One field of a layout.
public struct SchemaField: Sendable, Equatable {
  /// The name.
  public var name: String
  /// The type's name, where the source tells it.
  public var type: String?
  /// Bytes of one element: on the wire in a stream, in memory in a `-dump-vmstate` file.
  public var size: Int
  /// Elements of an array; nil for a single one, and where the source does not tell.
  public var count: Int?
  /// The first version that has the field; 0 for all.
  public var since: Int
  /// A test decides whether the field is there.
  public var hasTest: Bool
  /// The layouts inside: one for a structure, one for each element of a list.
  public var tables: [SchemaTable]

  /// Makes a field.
  public init(
    name: String, type: String? = nil, size: Int, count: Int? = nil, since: Int = 0,
    hasTest: Bool = false, tables: [SchemaTable] = []
  ) {
    self.name = name
    self.type = type
    self.size = size
    self.count = count
    self.since = since
    self.hasTest = hasTest
    self.tables = tables
  }

  /// The field holds no data: padding, or the place of a field that is gone.
  var isUnused: Bool {
    type == "unused_buffer" || name == "unused" || name.hasPrefix("unused[")
  }

  /// Bytes of all elements.
  var total: Int {
    let (product, overflow) = size.multipliedReportingOverflow(by: count ?? 1)
    return overflow ? .max : product
  }
}
