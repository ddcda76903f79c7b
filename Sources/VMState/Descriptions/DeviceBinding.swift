/// A description bound to a device's state.
public final class DeviceBinding<State>: DescribedBody {
  private let description: VMStateDescription<State>
  private let access: StateAccess<State>
  private let beforeSave: (() throws -> Void)?
  private let afterLoad: (() -> Void)?
  private var staging = UnsafeMutablePointer<State>.allocate(capacity: 1)
  private var isStaged = false
  // What the last load left over; its arrays serve the next one, so that copy-on-write does
  // not allocate each time.
  private var spare = UnsafeMutablePointer<State>.allocate(capacity: 1)
  private var hasSpare = false

  /// Binds a description.
  ///
  /// - Parameters:
  ///   - description: The table.
  ///   - access: The way to the state.
  ///   - beforeSave: Brings clocks and counters into the state; under the device lock, before
  ///     the section's `needed` is asked. May throw, which fails the save.
  ///   - afterLoad: Tells the outside (interrupt lines, timers, displays); runs after every
  ///     entry is committed, in stream order, and cannot fail.
  public init(
    _ description: VMStateDescription<State>, _ access: StateAccess<State>,
    beforeSave: (() throws -> Void)? = nil, afterLoad: (() -> Void)? = nil
  ) {
    self.description = description
    self.access = access
    self.beforeSave = beforeSave
    self.afterLoad = afterLoad
  }

  deinit {
    abortLoad()
    if hasSpare { spare.deinitialize(count: 1) }
    staging.deallocate()
    spare.deallocate()
  }

  private var parts: DescriptionParts { description.core.parts }

  /// The description's name.
  public var name: String { parts.name }
  /// The version written, and the highest accepted.
  public var version: Int { parts.version }
  /// The lowest version accepted.
  public var minimumVersion: Int { parts.minimumVersion }
  /// Place in the registry's order.
  public var priority: MigrationPriority { parts.priority }
  /// The section is sent in the setup phase.
  public var isEarlySetup: Bool { parts.isEarlySetup }
  /// The presence of this device blocks saves and loads.
  public var isUnmigratable: Bool { parts.unmigratableReason != nil }
  /// Why it does.
  public var unmigratableReason: String? { parts.unmigratableReason }

  /// The description's `needed` on the live state.
  public var isNeeded: Bool { test(parts.hooks.needed) ?? true }
  /// The description's `dev_unplug_pending` on the live state.
  public var isUnplugPending: Bool { test(parts.hooks.unplugPending) ?? false }

  private func test(_ test: DescriptionHooks.Test?) -> Bool? {
    guard let test else { return nil }
    var result = true
    access.borrow { result = test($0) }
    return result
  }

  /// Runs `beforeSave`.
  public func prepareSave() throws(VMStateError) {
    do {
      try beforeSave?()
    } catch {
      throw VMStateError.fromHook(error, "before-save")
    }
  }

  /// Writes the section's body from the live state.
  public func save(
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    var failure: VMStateError?
    access.borrow { state in
      do throws(VMStateError) {
        try description.core.save(
          state, version: version, to: &writer, json: &json, context)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Copies the live state into the staged one, if there is none yet.
  public func beginLoad() throws(VMStateError) {
    guard !isStaged else { return }
    access.borrow { staging.initialize(from: $0, count: 1) }
    isStaged = true
  }

  /// Decodes a section's body into the staged state.
  public func load(
    from reader: inout StreamReader, version: Int, _ context: LoadContext
  ) throws(VMStateError) {
    try beginLoad()
    if hasSpare {
      description.core.reuse(spare, in: staging, version: version)
      dropSpare()
    }
    try description.core.load(staging, version: version, from: &reader, context)
  }

  /// The staged state, boxed, or nil.
  public var stagedState: Any? { isStaged ? staging.pointee : nil }

  /// Replaces the live state by the staged one.
  public func commitLoad() {
    guard isStaged else { return }
    dropSpare()
    access.exchange(staging, spare)
    hasSpare = true
    isStaged = false
  }

  /// Runs `afterLoad`.
  public func finishLoad() { afterLoad?() }

  /// Forgets the staged state.
  public func abortLoad() {
    guard isStaged else { return }
    dropSpare()
    (staging, spare) = (spare, staging)
    hasSpare = true
    isStaged = false
  }

  private func dropSpare() {
    if hasSpare { spare.deinitialize(count: 1) }
    hasSpare = false
  }
}
