import VMState

/// The layouts of the sections still to come, from the best source that has one.
struct LayoutQueue {
  // By name and instance; the next one is the last, where it is cheap to take.
  private var own: [String: [DescribedTable]] = [:]
  private var learned: [String: [DescribedTable]] = [:]
  private let subsections: LearnedSubsections
  // Processors that have come so far: each has a section of this name.
  private var processors: Set<UInt32> = []
  // Readings of all sections together: a stream of sections that fit nothing ends soon too.
  private var attempts = 8 * LayoutSearch.attempts
  let keepsSections: Bool
  /// Why the built-in layout of the last section does not fit its bytes.
  private(set) var misfit: VMStateError?
  /// The layout that was tried last, for what can be told of a section that failed.
  private(set) var last: (table: DescribedTable, origin: DescribedBodyPiece.Origin)?

  init(own: StreamDescription?, _ options: WalkOptions) {
    keepsSections = options.keepsSections
    self.own = Self.queue(own)
    learned = Self.queue(options.learned)
    subsections = LearnedSubsections(options.learned)
  }

  private static func queue(_ description: StreamDescription?) -> [String: [DescribedTable]] {
    var queue: [String: [DescribedTable]] = [:]
    for device in (description?.devices ?? []).reversed() {
      queue[key(device.idstr, device.instance), default: []].append(device.table)
    }
    return queue
  }

  private static func key(_ idstr: String, _ instance: UInt32) -> String {
    "\(instance)/\(idstr)"
  }

  /// Takes the stream's own description, found after its first sections had passed.
  mutating func add(own description: StreamDescription) { own = Self.queue(description) }

  /// Described sections that did not come.
  var unusedCount: Int { own.values.reduce(0) { $0 + $1.count } }

  /// True if no description is known for a section.
  func hasNone(for header: SectionHeader) -> Bool {
    let key = Self.key(header.idstr, header.instance)
    return header.kind != .full
      || own[key, default: []].isEmpty && learned[key, default: []].isEmpty
  }

  /// Reads the body of a FULL section; nil if nothing describes it.
  ///
  /// - Parameter isEnd: Says whether the section can end where the reader is.
  mutating func body(
    of header: SectionHeader, from reader: inout StreamReader, _ context: LoadContext,
    _ isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> DescribedBodyPiece? {
    last = nil
    misfit = nil
    guard header.kind == .full else { return nil }
    if header.idstr == "cpu_common" { processors.insert(header.instance) }
    let key = Self.key(header.idstr, header.instance)
    if !keepsSections { context.releaseDescribed() }
    if let table = own[key]?.popLast() {
      last = (table, .stream)
      let state = try table.load(from: &reader, context)
      return DescribedBodyPiece(table: table, state: state, origin: .stream)
    }
    if let table = learned[key]?.popLast() {
      return try read(learned: table, header, from: &reader, context, isEnd)
    }
    return try readKnown(header, from: &reader, context, isEnd)
  }

  /// A section that another stream had too: its fields, with the subsections that are here.
  /// If that does not end well, a built-in layout may.
  private mutating func read(
    learned table: DescribedTable, _ header: SectionHeader, from reader: inout StreamReader,
    _ context: LoadContext, _ isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> DescribedBodyPiece? {
    let start = reader.position
    last = (table, .learned)
    do throws(VMStateError) {
      let (found, state) = try subsections.read(table, header, from: &reader, context, isEnd)
      if try isEnd(&reader) {
        return DescribedBodyPiece(table: found, state: state, origin: .learned)
      }
      throw VMStateError(
        .badDescription, "the section does not end where the learned layout says",
        offset: reader.position)
    } catch {
      guard try LayoutSearch.rewind(&reader, to: start),
        let piece = try readKnown(header, from: &reader, context, isEnd)
      else { throw error }
      return piece
    }
  }

  /// A section that the library knows. Where its layout does not fit it is not the stream
  /// that is known to be wrong: then nothing describes the section.
  private mutating func readKnown(
    _ header: SectionHeader, from reader: inout StreamReader, _ context: LoadContext,
    _ isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> DescribedBodyPiece? {
    let start = reader.position
    do throws(VMStateError) {
      let found = try LayoutLibrary.read(
        idstr: header.idstr, version: header.version, from: &reader, context,
        processors: processors.isEmpty ? nil : processors.count, attempts: &attempts,
        isEnd: isEnd)
      guard let (table, state) = found else { return nil }
      if try isEnd(&reader) {
        return DescribedBodyPiece(table: table, state: state, origin: .builtIn)
      }
      misfit = VMStateError(
        .badDescription, "the section does not end where its layout does",
        offset: reader.position)
    } catch {
      misfit = error
    }
    guard try LayoutSearch.rewind(&reader, to: start) else { throw misfit! }
    return nil
  }
}
