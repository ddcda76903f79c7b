import VMState

/// Loads a stream into a destination that is only described: every step of QEMU's own load, in
/// its order, over the source's bytes, with the destination's layouts, names and values.
///
/// Where QEMU would stop, the run notes a blocker and goes on as well as it can: behind a
/// section that the destination refuses by the source's description, or at the next header that
/// it names.
///
/// QEMU: `qemu_loadvm_state`, migration/savevm.c.
struct DryRun {
  let target: TargetModel
  let source: CheckSource
  var cursor: ByteCursor
  var report = CheckReport()
  // What the stream said of itself so far.
  var configuration: ReceivedConfiguration?
  var sourceLayouts: [String: [DescribedTable]] = [:]
  var sourceSubsections: [String: DescribedTable] = [:]
  // Values that a device of another section is compared with.
  var interruptCounts: [Int64]?
  var interruptLevels: [Int64]?
  // Entries that a section was loaded into, and those that PART and END go to.
  var loaded: [Int: Int] = [:]
  var numbers: [UInt32: Int] = [:]
  var sourceNumbers: [UInt32: String] = [:]
  var memory = DryMemory()
  var postcopy = PostcopyState.none
  var hasReturnPath = false
  /// The run ended at an EOF byte, and not where nothing could be understood any more.
  var reachedEnd = false
  /// Each section has to end with a footer.
  var expectsFooters = true
  /// Sections and commands so far.
  var elements = 0

  /// How far a postcopy has come at the destination.
  enum PostcopyState: Int {
    case none = 0
    case advised = 1
    case discarding = 2
    case listening = 3
    case running = 4
  }

  /// Prepares a run.
  ///
  /// - Throws: `unsupported` for a source that cannot be read at positions.
  init(_ source: CheckSource, _ target: TargetModel) throws(VMStateError) {
    self.source = source
    self.target = target
    cursor = try ByteCursor(source.channel, base: source.base)
    report.release = "\(target.release)"
    expectsFooters = target.framing?.expectsFooters ?? true
    collectLayouts()
  }

  private mutating func collectLayouts() {
    for device in (source.description?.devices ?? []).reversed() {
      sourceLayouts["\(device.instance)/\(device.idstr)", default: []].append(device.table)
      collectSubsections(device.table)
    }
  }

  private mutating func collectSubsections(_ table: DescribedTable) {
    for inner in table.subsections {
      sourceSubsections[inner.name] = inner
      collectSubsections(inner)
    }
    for field in table.fields {
      switch field.content {
      case .leaf: break
      case .structure(let inner): collectSubsections(inner)
      case .list(let tables), .tree(let tables):
        if let first = tables.first { sourceSubsections["\(table.name):\(field.name)"] = first }
        for inner in tables { collectSubsections(inner) }
      }
    }
  }

  /// The whole load.
  mutating func run() throws(VMStateError) -> CheckReport {
    do throws(Halt) {
      try readHeader()
      try readElements()
      reachedEnd = true
      try readTail()
    } catch {
      if case .channel(let error) = error { throw error }
      if report.blockers.isEmpty, report.untold.isEmpty {
        doubt(
          ["byte \(cursor.position)"], "the stream cannot be followed from here on",
          supply: "the load itself; this is a form that is not known")
      }
    }
    if reachedEnd { noteWhatIsMissing() }
    return report
  }

  /// Why a run ends.
  enum Halt: Error {
    /// Nothing behind this place can be judged; the report says why.
    case stopped
    /// The channel failed.
    case channel(VMStateError)
  }

  // MARK: Report

  mutating func refuse(
    _ kind: CheckKind, _ path: [String], _ message: String, at offset: UInt64?,
    expected: String? = nil, found: String? = nil, advice: String, words: [String]
  ) {
    report.blockers.append(
      CheckReport.Blocker(
        kind: kind, path: path, offset: offset, message: message, expected: expected,
        found: found, advice: advice, words: words))
  }

  mutating func lose(_ kind: CheckKind, _ path: [String], _ message: String, isShown: Bool = true) {
    report.losses.append(
      CheckReport.Loss(kind: kind, path: path, message: message, isShown: isShown))
  }

  mutating func doubt(_ path: [String], _ message: String, supply: String) {
    let untold = CheckReport.Untold(path: path, message: message, supply: supply)
    if !report.untold.contains(untold) { report.untold.append(untold) }
  }

  // MARK: Bytes

  /// Runs a reading of the frame; the end of the data refuses the stream.
  mutating func reading<Result>(
    _ path: [String], words: [String] = ["Input/output error"],
    _ body: (inout ByteCursor) throws(VMStateError) -> Result
  ) throws(Halt) -> Result {
    do throws(VMStateError) {
      return try body(&cursor)
    } catch {
      guard error.code == .endOfStream else { throw .channel(error) }
      refuse(
        .truncated, path, "the stream ends inside this part", at: cursor.position,
        advice: "find the whole file; this one is cut", words: words)
      throw .stopped
    }
  }
}
