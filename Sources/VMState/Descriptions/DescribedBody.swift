/// A description bound to one device: what the registry, the saver and the loader need of it,
/// whatever the type of its state.
///
/// Loading has three moments. `beginLoad` makes the staged state, a copy of the live one;
/// `load` decodes a section into it (a second section of the same entry continues on the
/// same staged state); then either `commitLoad` replaces the live state, which cannot fail,
/// or `abortLoad` forgets the staged one. `finishLoad` runs the device's `afterLoad` once
/// every entry of the stream is committed.
public protocol DescribedBody: AnyObject {
  /// The description's name, which ends the section's idstr.
  var name: String { get }
  /// The version written, and the highest accepted.
  var version: Int { get }
  /// The lowest version accepted.
  var minimumVersion: Int { get }
  /// Place in the registry's order.
  var priority: MigrationPriority { get }
  /// The section is sent in the setup phase.
  var isEarlySetup: Bool { get }
  /// The presence of this device blocks saves and loads.
  var isUnmigratable: Bool { get }

  /// The description's `needed`: false leaves the section out of a save.
  var isNeeded: Bool { get }
  /// The description's `dev_unplug_pending`: true delays the end of setup.
  var isUnplugPending: Bool { get }

  /// Runs the device's `beforeSave`.
  func prepareSave() throws(VMStateError)

  /// Writes the section's body, and the members of its JSON object if `json` is not nil.
  ///
  /// - Throws: The error of a hook, or the writer's.
  func save(
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError)

  /// Makes the staged state, if there is none yet.
  func beginLoad() throws(VMStateError)

  /// Decodes a section's body into the staged state.
  func load(
    from reader: inout StreamReader, version: Int, _ context: LoadContext
  ) throws(VMStateError)

  /// The staged state, boxed, or nil.
  var stagedState: Any? { get }
  /// Replaces the live state by the staged one.
  func commitLoad()
  /// Runs the device's `afterLoad`, after every entry is committed.
  func finishLoad()
  /// Forgets the staged state.
  func abortLoad()
}
