import VMState

/// Loads a bare state from bytes; returns the bytes that were left.
public func load<State>(
  _ description: VMStateDescription<State>, into state: inout State, _ bytes: [UInt8],
  version: Int? = nil, context: LoadContext = LoadContext()
) throws(VMStateError) -> [UInt8] {
  let channel = MemoryChannel(bytes)
  var reader = StreamReader(channel)
  try description.load(&state, version: version, from: &reader, context)
  var rest: [UInt8] = []
  while let byte = try reader.peekByte() {
    rest.append(byte)
    reader.advance(1)
  }
  return rest
}

/// What a failed load of these bytes says; nil if it succeeds.
public func loadError<State>(
  _ description: VMStateDescription<State>, into state: State, _ bytes: [UInt8],
  version: Int? = nil, context: LoadContext = LoadContext()
) -> VMStateError? {
  var copy = state
  do throws(VMStateError) {
    _ = try load(description, into: &copy, bytes, version: version, context: context)
    return nil
  } catch {
    return error
  }
}
