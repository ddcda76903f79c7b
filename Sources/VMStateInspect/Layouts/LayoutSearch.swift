import VMState

/// Finds the layout and the machine's properties with which a section ends where it should.
struct LayoutSearch {
  /// Readings after the first that may still be tried.
  var attempts = LayoutSearch.attempts
  /// Most readings of one section.
  static let attempts = 1024
  private let context: LoadContext
  private let version: Int
  private let scope: LayoutReader.Scope
  private let processors: Int?
  // Bytes that may be read over and over for one section.
  private var allowance: UInt64 = 64 << 20
  private var start: UInt64 = 0

  private typealias Reading = (
    table: DescribedTable, state: DescribedState, end: UInt64, held: Int
  )
  // The first attempt's outcome, which counts if none fits.
  private var first: Result<Reading, VMStateError>?

  init(_ context: LoadContext, idstr: String, version: Int, _ processors: Int?) {
    self.context = context
    self.version = version
    self.processors = processors
    scope = [
      "mmio": idstr.hasPrefix("virtio-mmio@") ? 1 : 0,
      "ccw": idstr.hasPrefix("/fe.") || idstr.hasPrefix("fe.") ? 1 : 0,
    ]
  }

  /// Reads a body by the first layout that fits.
  mutating func read(
    _ layouts: [Layout], from reader: inout StreamReader,
    _ isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> (DescribedTable, DescribedState) {
    start = reader.position
    for layout in layouts {
      var choices = LayoutChoices()
      choices.processors = processors
      repeat {
        if first != nil {
          attempts -= 1
          guard attempts >= 0, try rewind(&reader, to: start) else {
            return try firstResult(&reader)
          }
        }
        choices.restart()
        if let reading = try attempt(layout, &choices, &reader, isEnd) {
          return try accept(reading)
        }
      } while choices.advance()
    }
    return try firstResult(&reader)
  }

  /// One reading; nil if it does not fit.
  private mutating func attempt(
    _ layout: Layout, _ choices: inout LayoutChoices, _ reader: inout StreamReader,
    _ isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> Reading? {
    var inner = LayoutReader(context, choices)
    defer { choices = inner.choices }
    do throws(VMStateError) {
      let (table, state) = try inner.read(layout, version: version, scope, from: &reader)
      let reading = (table, state, reader.position, inner.heldBytes)
      if first == nil { first = .success(reading) }
      spend(reader.position - start)
      return try isEnd(&reader) ? reading : nil
    } catch {
      if first == nil { first = .failure(error) }
      spend(max(1, reader.position - min(start, reader.position)))
      return nil
    }
  }

  private mutating func spend(_ bytes: UInt64) { allowance -= min(allowance, bytes) }

  private func accept(
    _ reading: Reading
  ) throws(VMStateError) -> (DescribedTable, DescribedState) {
    try context.holdDescribed(reading.held, at: start)
    return (reading.table, reading.state)
  }

  /// What the first attempt gave, the reader behind it.
  private mutating func firstResult(
    _ reader: inout StreamReader
  ) throws(VMStateError) -> (DescribedTable, DescribedState) {
    switch first! {
    case .failure(let error): throw error
    case .success(let reading):
      if reader.position != reading.end || reader.error != nil {
        allowance = .max
        _ = try rewind(&reader, to: reading.end)
      }
      return try accept(reading)
    }
  }

  private func rewind(
    _ reader: inout StreamReader, to position: UInt64
  ) throws(VMStateError) -> Bool {
    guard allowance > 0 else { return false }
    return try Self.rewind(&reader, to: position)
  }

  /// Goes back, also behind a read past the end; false if the channel cannot.
  static func rewind(
    _ reader: inout StreamReader, to position: UInt64
  ) throws(VMStateError) -> Bool {
    guard let channel = reader.channel, channel.capabilities.contains(.positioned)
    else { return reader.position == position && reader.error == nil }
    if reader.error == nil, reader.position == position { return true }
    // A read past the end has latched.
    if reader.error != nil { reader = StreamReader(channel) }
    try reader.seek(to: position)
    return true
  }
}
