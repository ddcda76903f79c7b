import VMState
import VMStateInspect

/// What an input's first byte asks for; the rest are the bytes to load.
enum Input: UInt8, CaseIterable {
  case stream, strictStream, table, olderTable, described, json, walk, model, held

  static func run(_ bytes: UnsafeBufferPointer<UInt8>) throws(VMStateError) {
    guard let first = bytes.first else { return }
    let kind = Input(rawValue: first % UInt8(allCases.count)) ?? .stream
    try kind.load(Array(bytes.dropFirst()))
  }

  private func load(_ bytes: [UInt8]) throws(VMStateError) {
    switch self {
    case .stream, .strictStream: try loadStream(bytes)
    case .table: try loadTable(bytes, version: 3)
    case .olderTable: try loadTable(bytes, version: 1)
    case .described: _ = try StreamDescription(parsing: bytes, limits: limits).jsonBytes
    case .json: _ = try JSONValue.parse(bytes, limits: limits)
    case .model: try Models.load(bytes)
    case .walk: walk(bytes)
    case .held: try loadHeld(bytes)
    }
  }

  private func loadStream(_ bytes: [UInt8]) throws(VMStateError) {
    let machine = try FuzzMachine()
    do throws(VMStateError) {
      try machine.load(bytes, isStrict: self == .strictStream)
    } catch {
      precondition(machine.isUntouched, "a refused load has changed the machine: \(error)")
      precondition(error.offset != nil, "an error without an offset: \(error)")
      precondition(!error.path.isEmpty, "an error without a path: \(error)")
      throw error
    }
  }

  /// What a walk understood can be shown, and saved again as it was.
  private func walk(_ bytes: [UInt8]) {
    let stream = StreamWalk.collect(MemoryChannel(bytes), walkOptions)
    if let result = try? Verification.make(MemoryChannel(bytes), walkOptions) {
      _ = SummaryText.lines(result.summary, file: "fuzz")
      _ = VerificationText.lines(result, file: "fuzz")
    }
    var lister = SectionLister { _ = SectionsText.line($0) }
    try? StreamWalk.walk(MemoryChannel(bytes), walkOptions, visitor: &lister)
    for case .section(let section) in stream.elements {
      guard let table = section.table, let state = section.state else { continue }
      let channel = MemoryChannel()
      var writer = StreamWriter(channel)
      do throws(VMStateError) {
        try table.save(state, to: &writer)
        try writer.flush()
      } catch {
        preconditionFailure("a section that was read cannot be saved: \(error)")
      }
      let first = Int(section.bodyOffset)
      precondition(channel.bytes == Array(bytes[first..<first + Int(section.bodyLength)]))
    }
  }

  /// Entries made from a description, which the input's own JSON gives, and the stream.
  private func loadHeld(_ bytes: [UInt8]) throws(VMStateError) {
    guard let found = try DescriptionLocator.find(in: MemoryChannel(bytes), limits: limits) else {
      return
    }
    let machine = try FuzzMachine()
    _ = try machine.registry.registerDescribed(found.description)
    do throws(VMStateError) {
      try machine.load(bytes, isStrict: false)
    } catch {
      precondition(machine.isUntouched, "a refused load has changed the machine: \(error)")
      throw error
    }
    _ = try machine.save()
  }

  private func loadTable(_ bytes: [UInt8], version: Int) throws(VMStateError) {
    let channel = MemoryChannel(bytes)
    var reader = StreamReader(channel)
    var state = EverythingState()
    try EverythingState.vmstate.load(
      &state, version: version, from: &reader, LoadContext(limits: limits))
  }
}

extension Input {
  /// Good inputs to start from.
  static func seeds() throws(VMStateError) -> [[UInt8]] {
    let machine = try FuzzMachine()
    let stream = try machine.save()
    let table = try EverythingState.vmstate.bytes(of: EverythingState())
    let text = try EverythingState.vmstate.descriptionText(of: EverythingState())
    let json = Array(
      "{\"page_size\": 4096, \"devices\": [{\"name\": \"fuzz\", \"instance_id\": 0, \(text)}]}".utf8
    )
    var pairs: [(Input, [UInt8])] = [
      (.stream, stream), (.strictStream, stream), (.table, table), (.olderTable, table),
      (.described, json), (.json, json), (.walk, stream), (.held, stream),
    ]
    for stream in Recorded.small { pairs += [(.walk, stream), (.held, stream)] }
    for seed in try Models.seeds() { pairs.append((.model, seed)) }
    return pairs.map { [$0.rawValue] + $1 }
  }
}
