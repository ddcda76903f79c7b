/// A message of the destination to the source.
///
/// Wire: be16 type, be16 length, data of at most 512 bytes. QEMU: `migrate_send_rp_message` and
/// `source_return_path_thread`, migration/migration.c.
public enum ReturnPathMessage: Sendable, Hashable {
  /// The kinds and their numbers.
  public enum Kind: UInt16, Sendable, Hashable, CaseIterable {
    /// `SHUT`: the destination is done.
    case shut = 1
    /// `PONG`: the answer to a ping.
    case pong = 2
    /// `REQ_PAGES_ID`: wants pages of a named block.
    case requestPagesOfBlock = 3
    /// `REQ_PAGES`: wants pages of the block named last.
    case requestPages = 4
    /// `RECV_BITMAP`: a received bitmap follows.
    case receiveBitmap = 5
    /// `RESUME_ACK`: the postcopy goes on.
    case resumeAcknowledged = 6
    /// `SWITCHOVER_ACK`: the source may switch over (8.1 and later).
    case switchoverAcknowledged = 7

    /// The name in QEMU's messages.
    public var name: String {
      switch self {
      case .shut: "SHUT"
      case .pong: "PONG"
      case .requestPagesOfBlock: "REQ_PAGES_ID"
      case .requestPages: "REQ_PAGES"
      case .receiveBitmap: "RECV_BITMAP"
      case .resumeAcknowledged: "RESUME_ACK"
      case .switchoverAcknowledged: "SWITCHOVER_ACK"
      }
    }
  }

  /// Most bytes of data.
  public static let maximumLength = 512
  /// The value that a resumed destination acknowledges with.
  public static let resumeValue: UInt32 = 1

  /// The destination is done; 0 means without an error.
  case shut(status: UInt32)
  /// The answer to a ping with the same number.
  case pong(UInt32)
  /// Wants pages of a block: offset and length in bytes, whole pages of the host. Without a
  /// name the block of the request before.
  case requestPages(start: UInt64, length: UInt32, name: [UInt8]?)
  /// A `ReceivedBitmap` of the named block follows the message.
  case receiveBitmap(name: [UInt8])
  /// The postcopy goes on; the value is `resumeValue`.
  case resumeAcknowledged(UInt32)
  /// The source may switch over.
  case switchoverAcknowledged

  /// Which kind it is.
  public var kind: Kind {
    switch self {
    case .shut: .shut
    case .pong: .pong
    case .requestPages(_, _, let name): name == nil ? .requestPages : .requestPagesOfBlock
    case .receiveBitmap: .receiveBitmap
    case .resumeAcknowledged: .resumeAcknowledged
    case .switchoverAcknowledged: .switchoverAcknowledged
    }
  }

  /// Bytes of the data.
  public var length: Int {
    switch self {
    case .shut, .pong, .resumeAcknowledged: 4
    case .requestPages(_, _, let name): 12 + (name.map { $0.count + 1 } ?? 0)
    case .receiveBitmap(let name): 1 + name.count
    case .switchoverAcknowledged: 0
    }
  }
}
