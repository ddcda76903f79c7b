/// An entry without a device: a section held by its description, saved again as it came.
public final class DescribedBinding: DescribedBody {
  /// The layout.
  public let table: DescribedTable
  /// The section's content; nil until a load has committed one.
  public private(set) var state: DescribedState?
  /// The section's name without path.
  public let name: String
  private var staged: DescribedState?
  private var wholeVersion = Int(Int32.max)
  private var stagedVersion = 0

  /// Makes an entry's body.
  ///
  /// - Parameter idstr: The section's name, where it is not the description's.
  public init(_ table: DescribedTable, idstr: String? = nil, state: DescribedState? = nil) {
    self.table = table
    self.state = state
    name = idstr ?? table.name
  }

  /// The one version it can hold. An old-style section's description has none: then any
  /// version is taken, and written again.
  public var version: Int { table.wholeSize == nil ? table.version : wholeVersion }
  /// The one version it can hold.
  public var minimumVersion: Int { table.wholeSize == nil ? table.version : 0 }
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
    guard version == table.version || table.wholeSize != nil else {
      throw VMStateError(
        version > table.version ? .versionTooNew : .versionTooOld,
        "the description holds another version", offset: reader.position,
        expected: "\(table.version)", found: "\(version)")
    }
    staged = try table.load(from: &reader, context)
    stagedVersion = version
  }

  /// The staged content.
  public var stagedState: Any? { staged }

  /// Takes the staged content.
  public func commitLoad() {
    guard let staged else { return }
    state = staged
    if table.wholeSize != nil { wholeVersion = stagedVersion }
    self.staged = nil
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
