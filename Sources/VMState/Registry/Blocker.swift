/// Something that stands in the way of a save or load, or that its caller should know before.
public struct Blocker: Sendable, Hashable, CustomStringConvertible {
  /// The reasons.
  public enum Kind: Sendable, Hashable {
    /// The device's description says that it cannot be saved or loaded.
    case unmigratable
    /// Handlers that cannot take part at present.
    case refused
    /// The machine's owner says no.
    case machine
    /// Another save or load of this machine runs.
    case busy
    /// The guest has not released the device yet; a save waits for it.
    case unplugPending
    /// Handlers that are inactive: the transfer goes on without their section.
    case inactive
    /// Handlers that write into live state while they load: a failed load is not undone there.
    case notStaged
  }

  /// What it does to the transfer.
  public enum Effect: Sendable, Hashable {
    /// The transfer is refused before a byte moves.
    case refuses
    /// The transfer waits until it is gone.
    case delays
    /// The transfer goes on.
    case remark
  }

  /// The reason.
  public let kind: Kind
  /// The entry's idstr with its device path; empty when no single entry is meant.
  public let path: String
  /// The entry's instance id.
  public let instanceID: UInt32
  /// The reason as a sentence.
  public let reason: String

  /// Makes a blocker.
  public init(_ kind: Kind, path: String = "", instanceID: UInt32 = 0, reason: String) {
    self.kind = kind
    self.path = path
    self.instanceID = instanceID
    self.reason = reason
  }

  /// What it does to the transfer.
  public var effect: Effect {
    switch kind {
    case .unmigratable, .refused, .machine, .busy: .refuses
    case .unplugPending: .delays
    case .inactive, .notStaged: .remark
    }
  }

  /// Path and reason.
  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

extension SaveStateRegistry {
  /// Everything that would stop or delay a save or load, or that makes it less than whole, in
  /// list order. Nothing is written and no device is changed.
  ///
  /// Call it under the machine's device lock, since it asks the devices.
  public func blockers(for direction: TransferDirection) -> [Blocker] {
    let (entries, use) = list.withLock { ($0.entries, $0.use) }
    let busy = use.map { Blocker(.busy, reason: SaveStateRegistry.busy($0).message) }
    return [busy].compactMap { $0 } + entries.flatMap { $0.blockers(for: direction) }
  }
}

extension SaveStateEntry {
  func blockers(for direction: TransferDirection) -> [Blocker] {
    let found: [(Blocker.Kind, String)?] =
      switch body {
      case .description(let described): Self.blockers(described, idstr, direction)
      case .handlers(let handlers): Self.blockers(handlers, direction)
      }
    return found.compactMap { $0 }.map {
      Blocker($0.0, path: idstr, instanceID: instanceID, reason: $0.1)
    }
  }

  private static func blockers(
    _ body: any DescribedBody, _ idstr: String, _ direction: TransferDirection
  ) -> [(Blocker.Kind, String)?] {
    [
      body.isUnmigratable
        ? (.unmigratable, "State blocked by non-migratable device '\(idstr)'") : nil,
      direction == .save && body.isUnplugPending
        ? (.unplugPending, "the guest has not released the device yet") : nil,
    ]
  }

  private static func blockers(
    _ handlers: any SaveVMHandlers, _ direction: TransferDirection
  ) -> [(Blocker.Kind, String)?] {
    [
      handlers.blocker(for: direction).map { (.refused, $0) },
      handlers.isActive ? nil : (.inactive, "the section is inactive and is left out"),
      direction == .load && !handlers.stagesLoad
        ? (.notStaged, "a load that fails is not undone here") : nil,
    ]
  }
}
