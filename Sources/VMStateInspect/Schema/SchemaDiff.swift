/// What changed from one schema to another, and which directions survive it: a stream of the
/// old side loaded by the new one, and one of the new side loaded by the old one.
///
/// It finds what QEMU's static checker finds and what that misses: more fields at the end,
/// nested versions (which never travel, so that their fields count and not their numbers),
/// array lengths, a raised lowest version; and it does not stumble over renamed fields and the
/// sizes of structures in memory.
public struct SchemaDiff: Sendable {
  /// One change, in words.
  public struct Change: Sendable, Equatable {
    /// Description and field names below the section.
    public var path: [String]
    /// The change, as a sentence without its full stop.
    public var text: String
  }

  /// One section or class that is not the same on both sides.
  public struct Section: Sendable {
    /// The name, with the instance where it is not 0.
    public var title: String
    /// What changed.
    public var changes: [Change]
    /// What stands in the way of an old stream in the new program.
    public var oldToNew: [SchemaFinding]
    /// What stands in the way of a new stream in the old program.
    public var newToOld: [SchemaFinding]
  }

  /// The machine types, where they differ.
  public private(set) var machines: (old: String, new: String)?
  /// What could not be compared, as sentences.
  public private(set) var notes: [String] = []
  /// The sections that differ, in the order of their names.
  public private(set) var sections: [Section] = []
  let isMixed: Bool

  /// Compares two schemas.
  public init(_ old: SchemaDocument, _ new: SchemaDocument) {
    var (old, new) = (old, new)
    if !old.tellsCounts || !new.tellsCounts {
      notes.append("one side does not tell array lengths; they are not compared")
      (old, new) = (old.withoutCounts, new.withoutCounts)
    }
    isMixed = old.origin != new.origin
    if let machine = old.machine, let other = new.machine, machine != other {
      machines = (machine, other)
    }
    var rest = new.sections
    var unmatched: [SchemaSection] = []
    for section in old.sections {
      if let index = rest.firstIndex(where: { Self.isSame(section, $0, isMixed: isMixed) }) {
        // One class serves all sections of its description.
        let other = isMixed && new.origin == .classes ? rest[index] : rest.remove(at: index)
        compare(section, other, old.origin, new.origin)
      } else {
        unmatched.append(section)
      }
    }
    if isMixed, new.origin == .classes { rest = [] }
    pairRenamed(&unmatched, &rest, old.origin, new.origin)
    addUnpaired(unmatched, isOld: true, old.origin, new.origin)
    addUnpaired(rest, isOld: false, old.origin, new.origin)
    sections.sort { $0.title < $1.title }
  }

  /// True when nothing stands in the way of either direction and nothing changed.
  public var isEmpty: Bool { sections.isEmpty && machines == nil }

  private static func isSame(
    _ left: SchemaSection, _ right: SchemaSection, isMixed: Bool
  ) -> Bool {
    guard !isMixed else { return left.table.name == right.table.name }
    return left.name == right.name && left.occurrence == right.occurrence
  }

  // MARK: Pairs

  private mutating func compare(
    _ old: SchemaSection, _ new: SchemaSection, _ origin: SchemaDocument.Origin,
    _ target: SchemaDocument.Origin
  ) {
    let changes = isMixed ? [] : SchemaChanges.between(old.table, new.table)
    let forward = SchemaWire.findings(
      from: old.table, to: new.table, isMixed: isMixed, receiverShowsAll: target == .classes)
    let backward = SchemaWire.findings(
      from: new.table, to: old.table, isMixed: isMixed, receiverShowsAll: origin == .classes)
    guard !changes.isEmpty || !isMixed || !forward.isEmpty || !backward.isEmpty else { return }
    guard !changes.isEmpty || isMixed else { return }
    sections.append(
      Section(title: old.title, changes: changes, oldToNew: forward, newToOld: backward))
  }

  /// A class that has another name on each side still has the same description; only that
  /// one's name is on the wire.
  private mutating func pairRenamed(
    _ old: inout [SchemaSection], _ new: inout [SchemaSection],
    _ origin: SchemaDocument.Origin, _ target: SchemaDocument.Origin
  ) {
    guard origin == .classes, target == .classes else { return }
    old.removeAll { section in
      guard let index = new.firstIndex(where: { $0.table.name == section.table.name }) else {
        return false
      }
      let other = new.remove(at: index)
      let count = sections.count
      compare(section, other, origin, target)
      let change = Change(path: [], text: "the class is now called '\(other.name)'")
      if sections.count > count {
        sections[count].changes.insert(change, at: 0)
      } else {
        sections.append(
          Section(title: section.title, changes: [change], oldToNew: [], newToOld: []))
      }
      return true
    }
  }

  private mutating func addUnpaired(
    _ unpaired: [SchemaSection], isOld: Bool, _ origin: SchemaDocument.Origin,
    _ target: SchemaDocument.Origin
  ) {
    let receiver = isOld ? target : origin
    for section in unpaired {
      let finding = Self.unknown(section, receiver, isMixed: isMixed)
      sections.append(
        Section(
          title: section.title,
          changes: [Change(path: [], text: isOld ? "is gone" : "is new")],
          oldToNew: isOld ? [finding] : [], newToOld: isOld ? [] : [finding]))
    }
  }

  /// What a section means to a side that does not have it.
  private static func unknown(
    _ section: SchemaSection, _ receiver: SchemaDocument.Origin, isMixed: Bool
  ) -> SchemaFinding {
    if isMixed, receiver == .classes {
      return SchemaFinding(
        .untold, .section, [], "no class has this description; not every section has a class")
    }
    let what = receiver == .classes ? "a guest with this device is refused" : "it is refused"
    return SchemaFinding(
      receiver == .classes ? .refusedWhenSent : .refused, .section, [],
      "the receiver has no such section: \(what)")
  }
}
