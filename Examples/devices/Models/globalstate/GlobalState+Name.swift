import VMState

extension GlobalState {
  /// The run state, or nil if the bytes name none.
  public var named: RunState? { RunState(rawValue: text(of: runState.span)) }

  /// The run state to take up after a load: the received one, else `running`.
  public var target: RunState { isReceived ? named ?? .running : .running }

  /// Stores a run state as a save sends it.
  ///
  /// - Parameters:
  ///   - state: What the machine did before it was stopped for the save.
  ///   - wasSuspended: The guest slept then.
  public mutating func store(_ state: RunState, wasSuspended: Bool = false) {
    runState = InlineArray(repeating: 0)
    for (index, byte) in state.rawValue.utf8.prefix(31).enumerated() { runState[index] = byte }
    size = UInt32(min(state.rawValue.utf8.count, 31) + 1)
    hasVMWasSuspended = 1
    vmWasSuspended = wasSuspended ? 1 : 0
  }

  /// Takes over what a load brought.
  ///
  /// - Throws: `valueOutOfRange` if the name is none of the run states.
  mutating func receive() throws(VMStateError) {
    // A name without an end is cut.
    runState[31] = 0
    isReceived = true
    let state = try checkedState(runState.span)
    if state == .suspended { vmWasSuspended = 1 }
  }
}

extension GlobalState7_2 {
  /// The run state, or nil if the bytes name none.
  public var named: RunState? { RunState(rawValue: text(of: runState.span)) }

  /// The run state to take up after a load: the received one, else `running`.
  public var target: RunState { isReceived ? named ?? .running : .running }

  /// Stores a run state as a save sends it.
  public mutating func store(_ state: RunState) {
    runState = InlineArray(repeating: 0)
    for (index, byte) in state.rawValue.utf8.prefix(99).enumerated() { runState[index] = byte }
    size = UInt32(min(state.rawValue.utf8.count, 99) + 1)
  }

  /// Takes over what a load brought.
  ///
  /// - Throws: `valueOutOfRange` if the name is none of the run states.
  mutating func receive() throws(VMStateError) {
    runState[99] = 0
    isReceived = true
    _ = try checkedState(runState.span)
  }
}

/// The text before the first zero byte.
private func text(of bytes: Span<UInt8>) -> String {
  var characters: [UInt8] = []
  for index in bytes.indices {
    if bytes[index] == 0 { break }
    characters.append(bytes[index])
  }
  return String(decoding: characters, as: UTF8.self)
}

/// The run state that the bytes name.
private func checkedState(_ bytes: Span<UInt8>) throws(VMStateError) -> RunState {
  let name = text(of: bytes)
  guard let state = RunState(rawValue: name) else {
    throw VMStateError(
      .valueOutOfRange, "the section names an unknown run state",
      expected: "one of " + RunState.allCases.map(\.rawValue).joined(separator: ", "),
      found: name)
  }
  return state
}
