import VMState

/// The layouts of the sections still to come, from the best source that has one.
struct LayoutQueue {
  // By name and instance; the next one is the last, where it is cheap to take.
  private var own: [String: [DescribedTable]] = [:]
  private var learned: [String: [DescribedTable]] = [:]
  let keepsSections: Bool
  /// The layout that was tried last, for what can be told of a section that failed.
  private(set) var last: (table: DescribedTable, origin: DescribedBodyPiece.Origin)?

  init(own: StreamDescription?, _ options: WalkOptions) {
    keepsSections = options.keepsSections
    self.own = Self.queue(own)
    learned = Self.queue(options.learned)
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
  mutating func body(
    of header: SectionHeader, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> DescribedBodyPiece? {
    last = nil
    guard header.kind == .full else { return nil }
    let key = Self.key(header.idstr, header.instance)
    if let table = own[key]?.popLast() {
      return try load(table, .stream, from: &reader, context)
    }
    if let table = learned[key]?.popLast() {
      return try load(table, .learned, from: &reader, context)
    }
    return nil
  }

  private mutating func load(
    _ table: DescribedTable, _ origin: DescribedBodyPiece.Origin,
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> DescribedBodyPiece {
    last = (table, origin)
    if !keepsSections { context.releaseDescribed() }
    let state = try table.load(from: &reader, context)
    return DescribedBodyPiece(table: table, state: state, origin: origin)
  }
}
