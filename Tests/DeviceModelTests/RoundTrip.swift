import TestSupport
import Testing
import VMState

/// Loads a recorded section body, which must be used up, and saves it again, which must give
/// the same bytes. Returns the loaded state.
@discardableResult
func expectSameBytes<State>(
  _ description: VMStateDescription<State>, _ fresh: State, _ body: [UInt8],
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> State {
  // What follows a body in a stream: the footer's first byte.
  let footer: UInt8 = 0x7E
  var state = fresh
  let rest = try load(description, into: &state, body + [footer])
  #expect(rest == [footer], sourceLocation: sourceLocation)
  let saved = try description.bytes(of: state)
  #expect(hexText(saved) == hexText(body), sourceLocation: sourceLocation)
  return state
}

/// Every shortened body is refused for its end, and for nothing else.
func expectRefusesCuts<State>(
  _ description: VMStateDescription<State>, _ fresh: State, _ body: [UInt8],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for length in body.indices {
    let error = loadError(description, into: fresh, Array(body.prefix(length)))
    #expect(error?.code == .endOfStream, "cut to \(length)", sourceLocation: sourceLocation)
  }
}
