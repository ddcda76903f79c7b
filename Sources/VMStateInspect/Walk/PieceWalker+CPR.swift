import VMState

extension PieceWalker {
  /// Most bytes of a CPR state; it holds names only.
  private static var longestCPRState: Int { 1 << 20 }

  /// Walks a CPR state file. How its descriptors travelled is not said in it: the reading that
  /// comes to the file's end counts, or the one that comes farthest.
  mutating func walkCPR(_ reader: inout StreamReader) throws(VMStateError) {
    let first = reader.position
    var bytes: [UInt8] = []
    while bytes.count <= Self.longestCPRState {
      let piece = try reader.peek(StreamReader.bufferSize)
      guard !piece.isEmpty else { break }
      bytes.append(contentsOf: piece)
      reader.advance(piece.count)
    }
    let read = CPRReading(bytes, options.limits)
    if let state = read.state {
      try emit(.record(.cpr(state)), first, first + UInt64(read.count))
    } else {
      let error = read.error.within("CPR state")
      try emit(StreamProblem(error: error, resumes: nil), at: first)
    }
    let reason: OpaqueReason = read.state == nil ? .unread : .trailing
    try emit(Array(bytes.dropFirst(read.count)), at: first + UInt64(read.count), reason)
    ram.good = reader.position
    try emitRest(reason, &reader)
  }

  private mutating func emit(
    _ bytes: [UInt8], at offset: UInt64, _ reason: OpaqueReason
  ) throws(VMStateError) {
    guard !bytes.isEmpty else { return }
    try bytes.visit { raw throws(VMStateError) in
      try self.emit(.bytes(raw, reason), offset, offset + UInt64(raw.count))
    }
  }
}

/// The best reading of a CPR state.
private struct CPRReading {
  var state: CPRState?
  /// Bytes of the state.
  var count = 0
  var error = VMStateError(.endOfStream, "the CPR state is cut off", offset: 0)
  private var farthest: UInt64 = 0

  init(_ bytes: [UInt8], _ limits: Limits) {
    for mode in CPRState.Mode.allCases {
      bytes.withUnsafeBytes { raw in
        var reader = StreamReader(over: raw)
        do throws(VMStateError) {
          let state = try CPRState(from: &reader, mode: mode, limits: limits)
          note(state, Int(reader.position))
        } catch {
          note(error)
        }
      }
    }
    // Cut off in one mode, a state may seem to end sooner in the other one.
    if count < bytes.count, farthest > count {
      state = nil
      count = 0
    }
  }

  private mutating func note(_ found: CPRState, _ end: Int) {
    guard state == nil || end > count else { return }
    state = found
    count = end
  }

  private mutating func note(_ found: VMStateError) {
    guard found.offset ?? 0 >= farthest else { return }
    farthest = found.offset ?? 0
    error = found
  }
}

extension CPRState {
  /// What the mode is called on QEMU's command line.
  public var modeName: String { mode == .exec ? "cpr-exec" : "cpr-transfer" }

  /// One line for each descriptor and device; names are not escaped.
  public var lines: [String] {
    let descriptors = descriptors.map { entry in
      "descriptor \(String(decoding: entry.name, as: UTF8.self)), id \(entry.id)"
        + (mode == .exec ? ", number \(entry.value)" : "")
    }
    let devices = (devices ?? []).map { entry in
      "vfio device \(String(decoding: entry.name, as: UTF8.self)), \(entry.device), "
        + "address space \(entry.addressSpace), page table \(entry.pageTable)"
    }
    return descriptors + devices
  }
}
