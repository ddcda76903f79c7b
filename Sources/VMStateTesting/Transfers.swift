import VMState

/// Keeps the fields of a transfer, to find the one at an offset.
final class FieldRecorder: TransferObserver {
  private(set) var fields: [(path: [String], range: Range<UInt64>)] = []

  func observe(_ event: TransferEvent) {
    if case .field(let path, _, _, let offset, let length) = event {
      fields.append((path, offset..<offset + length))
    }
  }

  /// The innermost field that holds a byte.
  func name(at offset: Int) -> String? {
    fields.filter { $0.range.contains(UInt64(offset)) }
      .min { ($0.range.count, $1.path.count) < ($1.range.count, $0.path.count) }?
      .path.joined(separator: "/")
  }
}

/// The bytes of a state, or a failure that says why there are none.
func saved<State>(
  _ description: VMStateDescription<State>, _ state: State, _ profile: StreamProfile
) throws(TestFailure) -> [UInt8] {
  do throws(VMStateError) {
    return try description.bytes(of: state, context: SaveContext(profile: profile))
  } catch {
    throw TestFailure("'\(description.name)' cannot be saved: \(error)")
  }
}

/// The name of the field that wrote a byte of a state, for messages.
func fieldName<State>(
  at offset: Int, _ description: VMStateDescription<State>, _ state: State,
  _ profile: StreamProfile
) -> String {
  let recorder = FieldRecorder()
  _ = try? description.bytes(
    of: state, context: SaveContext(profile: profile, observer: recorder))
  return recorder.name(at: offset).map { "'\($0)'" } ?? "no field"
}

/// Loads bytes into a state; what was not read comes back.
func loaded<State>(
  _ description: VMStateDescription<State>, _ bytes: [UInt8], into state: inout State,
  _ profile: StreamProfile
) throws(VMStateError) -> Int {
  var reader = StreamReader(MemoryChannel(bytes))
  try description.load(&state, from: &reader, LoadContext(profile: profile))
  return bytes.count - Int(reader.position)
}

/// Bytes as hexadecimal digits, in pairs.
func hexPairs(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

/// The bytes around a difference, for messages.
func window(_ bytes: [UInt8], _ offset: Int) -> String {
  guard offset < bytes.count else { return "the end" }
  return hexPairs(bytes[offset..<min(bytes.count, offset + 8)])
}

/// The first place at which two byte arrays differ, or nil.
func firstDifference(_ left: [UInt8], _ right: [UInt8]) -> Int? {
  let shared = zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  return shared ?? (left.count == right.count ? nil : min(left.count, right.count))
}
