import VMState

/// A machine that streams are loaded into.
protocol Subject: AnyObject {
  /// For messages.
  var name: String { get }
  /// A stream that this machine takes.
  var stream: SharedMemory { get }
  /// Offset of the EOF byte in the stream: what comes after it may be damaged.
  var end: Int { get }
  var loader: StateLoader { get }
  var owner: Owner { get }
  /// What is not as it was before the first load, or nil.
  func difference() -> String?
  /// True once a load has begun to put something into place.
  var hasCommitted: Bool { get }
  /// Lets the devices work after a load that completed.
  func exercise(seed: UInt64)
}

extension Subject {
  /// Loads from a channel; the error, or nil.
  func load(
    _ channel: any ByteChannel, cancellation: CancellationFlag = CancellationFlag(),
    observer: (any TransferObserver)? = nil
  ) -> VMStateError? {
    do throws(VMStateError) {
      try loader.load(from: channel, cancellation: cancellation, observer: observer)
      return nil
    } catch {
      return error
    }
  }

  /// What is common to all machines.
  func ownerDifference() -> String? {
    if owner.runState != .running { return "the machine is \(owner.runState)" }
    if owner.isLocked { return "the device lock is still taken" }
    if loader.registry.use != nil { return "the registry is still in use" }
    return nil
  }
}

/// An entry of the registry as a load must leave it.
struct EntryMarks: Equatable {
  let idstr: String
  let instanceID: UInt32
  let sectionID: UInt32
  let version: Int
  let loadSectionID: UInt32?
  let loadVersion: Int?

  static func all(_ registry: SaveStateRegistry) -> [EntryMarks] {
    registry.entries.map {
      EntryMarks(
        idstr: $0.idstr, instanceID: $0.instanceID, sectionID: $0.sectionID, version: $0.version,
        loadSectionID: $0.loadSectionID, loadVersion: $0.loadVersion)
    }
  }
}
