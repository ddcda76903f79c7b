/// Whether a stream that one side writes can be loaded by the other: the fields compared as
/// the sequence of bytes that they are.
///
/// Names are not on the wire, so a field that has only been renamed is no obstacle; the size
/// of a structure in memory is none either.
struct SchemaWire {
  /// The layouts give sizes in memory on one side and sizes on the wire on the other.
  let isMixed: Bool
  /// The receiver's layouts are declared ones: they have every subsection. A stream shows only
  /// those that were sent.
  let receiverShowsAll: Bool
  var findings: [SchemaFinding] = []

  /// What stands in the way of a section.
  static func findings(
    from sender: SchemaTable, to receiver: SchemaTable, isMixed: Bool, receiverShowsAll: Bool
  ) -> [SchemaFinding] {
    var wire = SchemaWire(isMixed: isMixed, receiverShowsAll: receiverShowsAll)
    wire.compareVersioned(sender, receiver, path: [])
    return wire.findings
  }

  /// A root or a subsection: its version travels.
  private mutating func compareVersioned(
    _ sender: SchemaTable, _ receiver: SchemaTable, path: [String]
  ) {
    guard checkVersion(sender, receiver, path) else { return }
    compare(
      SchemaUnit.all(of: sender, version: sender.version, path: path),
      SchemaUnit.all(of: receiver, version: sender.version, path: path))
  }

  private mutating func checkVersion(
    _ sender: SchemaTable, _ receiver: SchemaTable, _ path: [String]
  ) -> Bool {
    let version = sender.version
    if version > receiver.version {
      report(
        .refused, path, "version \(version) is newer than \(receiver.version)", about: .version)
      return false
    }
    guard version < receiver.version else { return true }
    guard let minimum = receiver.minimum else {
      report(
        .untold, path, "whether version \(version) is still accepted is not shown", about: .version)
      return false
    }
    guard version < minimum else { return true }
    report(
      .refused, path, "version \(version) is older than the lowest accepted, \(minimum)",
      about: .version)
    return false
  }

  private mutating func report(
    _ severity: SchemaFinding.Severity, _ path: [String], _ reason: String,
    about cause: SchemaFinding.Cause = .layout
  ) {
    findings.append(SchemaFinding(severity, cause, path, reason))
  }

  // MARK: Sequences

  /// Compares what is sent with what is read, up to the first place where they part.
  private mutating func compare(_ sent: [SchemaUnit], _ read: [SchemaUnit]) {
    let names = Names(sent: sent, read: read)
    var left = sent[...]
    var right = read[...]
    while true {
      switch (left.first, right.first) {
      case (nil, nil): return
      case (.subsections(let ours, let path)?, .subsections(let theirs, _)?):
        compareSubsections(ours, theirs, path)
        left.removeFirst()
        right.removeFirst()
      case (.subsections(let ours, let path)?, _):
        compareSubsections(ours, [], path)
        left.removeFirst()
      case (_, .subsections?): right.removeFirst()
      case (let unit?, nil):
        guard skipTested(unit, "is sent if its test says so, and not read") else {
          return report(
            .refused, unit.path, "it and what follows is sent, and the receiver reads nothing more")
        }
        left.removeFirst()
      case (nil, let unit?):
        guard skipTested(unit, "is read if its test says so, and not sent") else {
          return report(.refused, unit.path, "the receiver reads it, and nothing more is sent")
        }
        right.removeFirst()
      case (let ours?, let theirs?):
        guard step(ours, theirs, &left, &right, names) else { return }
      }
    }
  }

  /// A unit that need not be there is no certain obstacle.
  private mutating func skipTested(_ unit: SchemaUnit, _ reason: String) -> Bool {
    guard let field = unit.field, field.hasTest else { return false }
    report(.untold, unit.path, reason)
    return true
  }

  /// Compares the first units; false where the sequences part for good.
  private mutating func step(
    _ ours: SchemaUnit, _ theirs: SchemaUnit, _ left: inout ArraySlice<SchemaUnit>,
    _ right: inout ArraySlice<SchemaUnit>, _ names: Names
  ) -> Bool {
    guard let sent = ours.field, let read = theirs.field else { return false }
    if sent.name != read.name, sent.hasTest || read.hasTest {
      return stepTested(ours, theirs, &left, &right)
    }
    if sent.hasTest != read.hasTest {
      report(.untold, ours.path, "only one side has a test that decides about it")
    }
    switch (ours, theirs) {
    case (.group(_, let path, let inner), .group(_, _, let other)):
      guard checkCount(sent, read, path) else { return false }
      let before = findings.count
      compare(inner, other)
      guard !findings[before...].contains(where: { $0.severity == .refused }) else { return false }
    case (.bytes, .bytes):
      guard let used = matchBytes(left, right, names) else { return false }
      left.removeFirst(used.sent)
      right.removeFirst(used.read)
      return true
    default:
      report(.untold, ours.path, "an array of structures on one side, plain bytes on the other")
      return false
    }
    left.removeFirst()
    right.removeFirst()
    return true
  }

  private mutating func stepTested(
    _ ours: SchemaUnit, _ theirs: SchemaUnit, _ left: inout ArraySlice<SchemaUnit>,
    _ right: inout ArraySlice<SchemaUnit>
  ) -> Bool {
    if skipTested(ours, "is sent if its test says so; the receiver reads another field there") {
      left.removeFirst()
    } else if skipTested(theirs, "is read if its test says so; another field is sent there") {
      right.removeFirst()
    }
    return true
  }

  private mutating func checkCount(
    _ sent: SchemaField, _ read: SchemaField, _ path: [String]
  ) -> Bool {
    guard let count = sent.count, let other = read.count else {
      if sent.count != read.count {
        report(.untold, path, "one side does not tell the length of the array")
      }
      return true
    }
    guard count != other else { return true }
    report(.refused, path, "\(count) elements are sent, \(other) are read")
    return false
  }
}

// MARK: - Bytes

extension SchemaWire {
  /// The names on both sides, to tell a renamed field from one that has moved.
  struct Names {
    let sent: Set<String>
    let read: Set<String>

    init(sent: [SchemaUnit], read: [SchemaUnit]) {
      self.sent = Set(sent.compactMap { $0.field?.name })
      self.read = Set(read.compactMap { $0.field?.name })
    }
  }

  /// How many units of each side make up the same bytes; nil where they do not agree.
  ///
  /// Padding may stand for several fields, and a field may have been divided: units are added
  /// up until both sides have the same number of bytes.
  private mutating func matchBytes(
    _ left: ArraySlice<SchemaUnit>, _ right: ArraySlice<SchemaUnit>, _ names: Names
  ) -> (sent: Int, read: Int)? {
    guard case .bytes(let sent, let path)? = left.first, case .bytes(let read, _)? = right.first
    else { return nil }
    if sent.size == read.size || !areComparable(sent, read) {
      guard checkCount(sent, read, path) else { return nil }
      checkNames(sent, read, path, names)
      return (1, 1)
    }
    if sent.isUnused || read.isUnused, let used = addUp(left, right) { return used }
    report(.refused, path, "\(sent.total) bytes are sent, \(read.total) are read")
    return nil
  }

  /// Sizes in memory say nothing about those types whose bytes on the wire are others.
  private func areComparable(_ sent: SchemaField, _ read: SchemaField) -> Bool {
    guard isMixed, let type = sent.type ?? read.type else { return true }
    return type.hasPrefix("int") || type.hasPrefix("uint") || type.hasPrefix("buffer")
      || type == "bool" || type == "unused_buffer"
  }

  private mutating func checkNames(
    _ sent: SchemaField, _ read: SchemaField, _ path: [String], _ names: Names
  ) {
    guard sent.name != read.name, !sent.isUnused, !read.isUnused else { return }
    guard names.read.contains(sent.name), names.sent.contains(read.name) else { return }
    report(.misread, path, "it is read as \(read.name): the order is another one")
  }

  private func addUp(
    _ left: ArraySlice<SchemaUnit>, _ right: ArraySlice<SchemaUnit>
  ) -> (sent: Int, read: Int)? {
    var (sent, read, mine, other) = (0, 0, 0, 0)
    while sent == 0 || mine != other {
      let takesLeft = mine <= other
      let next = takesLeft ? left.dropFirst(sent).first : right.dropFirst(read).first
      guard case .bytes(let field, _)? = next, !field.hasTest else { return nil }
      let (sum, overflow) = (takesLeft ? mine : other).addingReportingOverflow(field.total)
      guard !overflow else { return nil }
      if takesLeft { (mine, sent) = (sum, sent + 1) } else { (other, read) = (sum, read + 1) }
    }
    return (sent, read)
  }
}

// MARK: - Subsections

extension SchemaWire {
  private mutating func compareSubsections(
    _ sent: [SchemaTable], _ known: [SchemaTable], _ path: [String]
  ) {
    for table in sent {
      let place = path + [table.name]
      guard let other = known.first(where: { $0.name == table.name }) else {
        let isShown = receiverShowsAll
        report(
          isShown ? .refusedWhenSent : .untold, place,
          isShown
            ? "the receiver has no such subsection"
            : "the receiver sent no such subsection itself; whether it knows it is not shown",
          about: .subsection)
        continue
      }
      let before = findings.count
      compareVersioned(table, other, path: place)
      for index in before..<findings.count { findings[index] = findings[index].whenSent }
    }
  }
}
