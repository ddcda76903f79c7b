/// The ordered list of everything that one machine saves and loads.
///
/// One registry belongs to one machine; nothing is global, so several machines live in one
/// process. The list is sorted by descending priority, entries of one priority stay in
/// registration order. The mutex is held for look-ups and edits and never across I/O or a
/// callback. While a save or load runs the list cannot be edited (`busy`): the transfer works
/// on the entries it has found at its start.
///
/// QEMU: `savevm_state`, migration/savevm.c.
public final class SaveStateRegistry: Sendable {
  struct List {
    var entries: [SaveStateEntry] = []
    var nextSectionID: UInt32 = 0
    /// Changes with every edit of the list.
    var version: UInt64 = 0
    var use: TransferDirection?
  }

  let list = Guarded(List())

  /// An empty registry.
  public init() {}

  /// All entries in list order.
  public var entries: [SaveStateEntry] { list.withLock { $0.entries } }

  /// The direction of the transfer that uses the registry now, or nil.
  public var use: TransferDirection? { list.withLock { $0.use } }

  /// The first entry that answers to a name and instance id: by its own name and its instance
  /// or alias id, or by its name without the device path.
  ///
  /// - Parameters:
  ///   - name: The name's bytes; they need not be UTF-8.
  ///   - instance: The instance id of the stream.
  public func find(_ name: [UInt8], instance: UInt32) -> SaveStateEntry? {
    entries.first { $0.match(name, instance: instance) != nil }
  }

  /// The first entry that answers to a name and instance id.
  public func find(_ name: String, instance: UInt32) -> SaveStateEntry? {
    find(Array(name.utf8), instance: instance)
  }

  /// The first entry for which the last completed load saw this section id.
  public func find(loadSectionID: UInt32) -> SaveStateEntry? {
    entries.first { $0.loadSectionID == loadSectionID }
  }

  /// Reserves the registry for one transfer.
  ///
  /// - Returns: The version of the list, which stays as it is until the end.
  /// - Throws: `busy` when another one runs.
  @discardableResult
  func begin(_ direction: TransferDirection) throws(VMStateError) -> UInt64 {
    let (other, version): (TransferDirection?, UInt64) = list.withLock { list in
      if let use = list.use { return (use, list.version) }
      list.use = direction
      return (nil, list.version)
    }
    if let other { throw Self.busy(other) }
    return version
  }

  /// Ends the reservation.
  func end() { list.withLock { $0.use = nil } }

  static func busy(_ other: TransferDirection) -> VMStateError {
    VMStateError(.busy, "a \(other) of this machine is running")
  }

  /// Changes the list, if no transfer runs.
  func edit<Result>(
    _ change: (inout List) throws(VMStateError) -> sending Result
  ) throws(VMStateError) -> sending Result {
    try list.withLock { (list: inout List) throws(VMStateError) -> sending Result in
      if let use = list.use { throw Self.busy(use) }
      list.version += 1
      return try change(&list)
    }
  }
}

extension SaveStateRegistry {
  /// Removes every entry that a predicate chooses; section ids are never used again.
  ///
  /// - Returns: The number of entries removed.
  /// - Throws: `busy` while a save or load runs.
  @discardableResult
  public func unregister(
    where isChosen: @Sendable (SaveStateEntry) -> Bool
  ) throws(VMStateError) -> Int {
    try edit { (list: inout List) throws(VMStateError) -> Int in
      let before = list.entries.count
      list.entries.removeAll(where: isChosen)
      return before - list.entries.count
    }
  }

  /// Removes an entry.
  ///
  /// - Throws: `busy` while a save or load runs.
  @discardableResult
  public func unregister(_ entry: SaveStateEntry) throws(VMStateError) -> Bool {
    try unregister { $0 === entry } > 0
  }
}
