/// An entry without a device: a section held by its description, saved again as it came.
public final class DescribedBinding: DescribedBody {
  /// The layout.
  public let table: DescribedTable
  /// The section's content; nil until a load has committed one.
  public private(set) var state: DescribedState?
  private var staged: DescribedState?

  /// Makes an entry's body.
  public init(_ table: DescribedTable, state: DescribedState? = nil) {
    self.table = table
    self.state = state
  }

  /// The description's name.
  public var name: String { table.name }
  /// The one version it can hold.
  public var version: Int { table.version }
  /// The one version it can hold.
  public var minimumVersion: Int { table.version }
  /// No special place.
  public var priority: MigrationPriority { .standard }
  /// False.
  public var isEarlySetup: Bool { false }
  /// False.
  public var isUnmigratable: Bool { false }
  /// True once there is a content.
  public var isNeeded: Bool { state != nil }
  /// False.
  public var isUnplugPending: Bool { false }
  /// Nothing to do.
  public func prepareSave() throws(VMStateError) {}

  /// Writes the content and its description.
  public func save(
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    guard let state else { return }
    try table.save(state, to: &writer)
    json?.put(table)
  }

  /// Nothing to do: a described section is always read whole.
  public func beginLoad() throws(VMStateError) {}

  /// Reads the content.
  public func load(
    from reader: inout StreamReader, version: Int, _ context: LoadContext
  ) throws(VMStateError) {
    guard version == table.version else {
      throw VMStateError(
        version > table.version ? .versionTooNew : .versionTooOld,
        "the description holds another version", offset: reader.position,
        expected: "\(table.version)", found: "\(version)")
    }
    staged = try table.load(from: &reader, context)
  }

  /// The staged content.
  public var stagedState: Any? { staged }

  /// Takes the staged content.
  public func commitLoad() {
    if let staged { state = staged }
    staged = nil
  }

  /// Nothing to do.
  public func finishLoad() {}
  /// Forgets the staged content.
  public func abortLoad() { staged = nil }
}

extension DescriptionText {
  /// The description members of a table.
  mutating func put(_ table: DescribedTable) { table.describe(&self) }
}
