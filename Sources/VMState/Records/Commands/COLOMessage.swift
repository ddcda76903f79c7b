/// A message of the checkpoint protocol that both sides speak after the first migration.
///
/// Wire: be32 number; after number 4 be64 size. QEMU: `COLOMessage`, migration/colo.c.
public enum COLOMessage: Sendable, Hashable {
  /// 0: the secondary is ready for checkpoints.
  case checkpointReady
  /// 1: the primary asks for one.
  case checkpointRequest
  /// 2: the secondary has stopped its guest.
  case checkpointReply
  /// 3: END sections of the live handlers and an EOF byte follow.
  case stateSend
  /// 4: so many bytes of device state follow, which this value does not hold.
  case stateSize(UInt64)
  /// 5: the secondary has received them.
  case stateReceived
  /// 6: the secondary has loaded them.
  case stateLoaded

  /// The number on the wire.
  public var number: UInt32 {
    switch self {
    case .checkpointReady: 0
    case .checkpointRequest: 1
    case .checkpointReply: 2
    case .stateSend: 3
    case .stateSize: 4
    case .stateReceived: 5
    case .stateLoaded: 6
    }
  }

  /// Reads a message.
  ///
  /// - Throws: `badMessage` for a number above 6, `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let number = try reader.get(UInt32.self)
    switch number {
    case 0: self = .checkpointReady
    case 1: self = .checkpointRequest
    case 2: self = .checkpointReply
    case 3: self = .stateSend
    case 4: self = .stateSize(try reader.get())
    case 5: self = .stateReceived
    case 6: self = .stateLoaded
    default:
      throw VMStateError(
        .badMessage, "an unknown COLO message", offset: offset, expected: "0 to 6",
        found: "\(number)")
    }
  }

  /// Writes the message; after `stateSize` the state is put.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(number)
    if case .stateSize(let size) = self { writer.put(size) }
  }
}
