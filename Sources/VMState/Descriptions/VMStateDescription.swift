/// The table of a device's state: names, versions, rows, subsections and hooks.
///
/// A description is a value, made once (usually as a `static let`) and `Sendable`. From the
/// one table come the plan that saves and loads, the JSON description, the schema and the
/// coverage test. The state is a struct; `VMStateDSL` gives the short spelling:
///
/// ```swift
/// extension PITState {
///   static let vmstate = VMStateDescription<PITState>("i8254", version: 3, minimum: 2) {
///     Field("channels[0].irq_disabled", \.irqDisabled).since(3)
///     Structs("channels", \.channels, PITChannel.vmstate).since(2)
///   }
/// }
/// ```
///
/// QEMU: `VMStateDescription`, include/migration/vmstate.h.
public struct VMStateDescription<State>: Sendable {
  let core: DescriptionCore

  init(_ core: DescriptionCore) { self.core = core }

  /// Makes a description.
  ///
  /// - Parameters:
  ///   - name: The section's name without path; for a subsection the whole wire name. At
  ///     most 255 bytes of UTF-8.
  ///   - version: The version written, and the highest accepted.
  ///   - minimum: The lowest version accepted.
  ///   - fields: The rows in wire order. Rows of the same name get `[0]`, `[1]`, … as QEMU
  ///     does in its JSON.
  /// - Precondition: The state is a struct: rows write to a copy of it, and a class would let
  ///   them write into the live device. The versions are a range from 0 on. Lists, trees and
  ///   temporaries have a `since` that their own table reads.
  public init(
    _ name: String, version: Int = 0, minimum: Int = 0, fields: [VMStateField<State>]
  ) {
    precondition(
      !(State.self is AnyObject.Type),
      "the state of '\(name)' is a class; describe a struct and register the device by it")
    precondition(
      !name.isEmpty && name.utf8.count <= WireFormat.maximumNameLength,
      "the name '\(name)' does not fit a section header (1 to 255 bytes)")
    precondition(
      minimum >= 0 && minimum <= version && version <= Int(Int32.max),
      "the versions of '\(name)' (\(minimum) to \(version)) are no range within 31 bits")
    let rows = fields.map(\.row)
    for row in rows {
      if let problem = row.body.problem(row) {
        preconditionFailure("the row '\(row.name)' of '\(name)' \(problem)")
      }
    }
    core = DescriptionCore(
      DescriptionParts(
        name: name, stateType: State.self, version: version, minimumVersion: minimum,
        rows: numberRepeatedNames(rows)))
  }

  /// The section's name without path.
  public var name: String { core.parts.name }
  /// The version written, and the highest accepted.
  public var version: Int { core.parts.version }
  /// The lowest version accepted.
  public var minimumVersion: Int { core.parts.minimumVersion }

  private func changed(_ change: (inout DescriptionParts) -> Void) -> Self {
    var parts = core.parts
    change(&parts)
    return Self(DescriptionCore(parts))
  }

  /// Adds a subsection: optional state, sent when its `needed` says so.
  ///
  /// Wire: `0x05`, counted name, be32 version, fields. The name must start with this
  /// description's name (by habit followed by a slash).
  public func subsection(_ subsection: VMStateDescription<State>) -> Self {
    checkSubsection(core.parts, subsection.core.parts)
    return changed {
      $0.subsections.append(subsection.core)
      $0.hasSubsectionList = true
    }
  }

  /// Says that the description has a list of subsections although it is empty; QEMU then
  /// describes arrays of it element by element.
  public func withEmptySubsectionList() -> Self { changed { $0.hasSubsectionList = true } }

  /// Place in the registry's order.
  public func priority(_ priority: MigrationPriority) -> Self {
    changed { $0.priority = priority }
  }

  /// The section is sent in the setup phase (QEMU: `early_setup`; not in profile 7.2).
  public func earlySetup() -> Self { changed { $0.isEarlySetup = true } }

  /// A device that cannot be saved or loaded: its presence stops both (QEMU:
  /// `unmigratable`).
  public func unmigratable(_ reason: String) -> Self {
    changed { $0.unmigratableReason = reason }
  }
}

// MARK: - Hooks

extension VMStateDescription {
  /// Decides whether the section (or subsection) is sent. Not asked for nested structures,
  /// and not on load.
  // Inlined so that the test is called without a copy of the state.
  @inlinable
  public func needed(_ test: @escaping @Sendable (State) -> Bool) -> Self {
    needed(raw: { test($0.assumingMemoryBound(to: State.self).pointee) })
  }

  @usableFromInline
  func needed(raw test: @escaping @Sendable (UnsafeRawPointer) -> Bool) -> Self {
    changed { $0.hooks.needed = test }
  }

  /// True delays the end of a save's setup until the device is gone (QEMU:
  /// `dev_unplug_pending`).
  public func unplugPending(_ test: @escaping @Sendable (State) -> Bool) -> Self {
    changed {
      $0.hooks.unplugPending = { test($0.assumingMemoryBound(to: State.self).pointee) }
    }
  }

  /// Runs before any field is read, on the staged state: presets for what may be missing.
  public func preLoad(
    _ hook: @escaping @Sendable (inout State, LoadContext) throws -> Void
  ) -> Self {
    changed {
      $0.hooks.preLoad = { try hook(&$0.assumingMemoryBound(to: State.self).pointee, $1) }
    }
  }

  /// Runs after fields and subsections were read, on the staged state: checks, derived
  /// values, older versions. It may read the context (version, memory as loaded so far,
  /// states loaded before), throw anything, and touch nothing else.
  public func postLoad(
    _ hook: @escaping @Sendable (inout State, LoadContext) throws -> Void
  ) -> Self {
    changed {
      $0.hooks.postLoad = { try hook(&$0.assumingMemoryBound(to: State.self).pointee, $1) }
    }
  }

  /// Runs before any field is written, on the live state, under the device lock.
  public func preSave(
    _ hook: @escaping @Sendable (inout State, SaveContext) throws -> Void
  ) -> Self {
    changed {
      $0.hooks.preSave = { try hook(&$0.assumingMemoryBound(to: State.self).pointee, $1) }
    }
  }

  /// Runs after fields and subsections were written, also after a failure, on the live state.
  public func postSave(
    _ hook: @escaping @Sendable (inout State, SaveContext) throws -> Void
  ) -> Self {
    changed {
      $0.hooks.postSave = { try hook(&$0.assumingMemoryBound(to: State.self).pointee, $1) }
    }
  }
}

/// Adds `[k]` to names that occur more than once, counted over the whole list.
private func numberRepeatedNames(_ rows: [FieldRow]) -> [FieldRow] {
  var total: [String: Int] = [:]
  for row in rows where !row.isLocal { total[row.name, default: 0] += 1 }
  var seen: [String: Int] = [:]
  return rows.map { row in
    let numbered = row.copy()
    defer { seen[row.name, default: 0] += 1 }
    guard !row.isLocal, total[row.name, default: 0] > 1 else {
      numbered.render()
      return numbered
    }
    numbered.name = "\(row.name)[\(seen[row.name, default: 0])]"
    numbered.isNumbered = true
    numbered.render()
    return numbered
  }
}

/// Refuses subsections that the loader could not tell apart.
private func checkSubsection(_ owner: DescriptionParts, _ new: DescriptionParts) {
  precondition(
    new.name.utf8.count > owner.name.utf8.count && new.name.utf8.starts(with: owner.name.utf8),
    "the subsection '\(new.name)' does not start with its owner's name '\(owner.name)'")
  precondition(
    new.version <= 255,
    "the subsection '\(new.name)' has version \(new.version); a load keeps 8 bits of it")
  for sibling in owner.subsections {
    precondition(sibling.name != new.name, "the subsection '\(new.name)' is there already")
    // After `dev/a` the name `dev/ab` would be taken for a subsection of `dev/a`.
    precondition(
      !new.name.hasPrefix(sibling.name),
      "the subsection '\(new.name)' must come before '\(sibling.name)', whose name it extends")
  }
}
