import VMState
import VMStateInspect

/// What an input's first byte asks for; the rest are the bytes to load.
enum Input: UInt8, CaseIterable {
  case stream, strictStream, table, olderTable, described, json, walk, model

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
    case .walk: _ = StreamWalker.walk(MemoryChannel(bytes))
    }
  }

  private func loadStream(_ bytes: [UInt8]) throws(VMStateError) {
    let machine = try FuzzMachine()
    do throws(VMStateError) {
      try machine.load(bytes, isStrict: self == .strictStream)
    } catch {
      precondition(machine.isUntouched, "a refused load has changed the machine: \(error)")
      precondition(error.offset != nil, "an error without an offset: \(error)")
      throw error
    }
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
      (.described, json), (.json, json), (.walk, stream),
    ]
    for seed in try Models.seeds() { pairs.append((.model, seed)) }
    return pairs.map { [$0.rawValue] + $1 }
  }
}
