import VMState

/// What was found in a file: the containers around the stream, and a channel for the stream.
public struct OpenedState: Sendable {
  /// A container around the stream.
  public enum Container: Sendable {
    /// Bytes before the stream were passed over, as asked.
    case offset(UInt64)
    /// Compressed as a whole.
    case compressed(CompressionFormat)
    /// A qcow2 image's snapshot.
    case qcow2(QCOW2Header, QCOW2Snapshot)
    /// A libvirt save image.
    case libvirt(LibvirtHeader)
    /// The `vmstate` device of a Proxmox backup archive.
    case archive(ProxmoxArchive)

    /// For people, as in `qcow2 snapshot "first" (id 1)`.
    public var name: String {
      switch self {
      case .offset(let count): "from byte \(count) on"
      case .compressed(let format): format.rawValue
      case .qcow2(_, let snapshot): "qcow2 snapshot \"\(snapshot.name)\" (id \(snapshot.id))"
      case .libvirt(let header):
        header.isComplete ? "libvirt save image" : "incomplete libvirt save image"
      case .archive: "VMA archive"
      }
    }
  }

  /// What the innermost bytes are.
  public enum Content: String, Sendable {
    /// A migration stream.
    case stream
    /// A mapped-ram file: a stream with the pages at fixed positions.
    case mappedRAM = "mapped-ram"
    /// One multifd channel: packets.
    case multifdChannel = "multifd channel"
    /// State for checkpoint and restart.
    case cpr = "CPR state"
    /// Anything else.
    case unknown
  }

  /// What the file is called in messages.
  public var name: String
  /// The containers, outermost first; none for a bare stream.
  public var containers: [Container] = []
  /// What is inside.
  public var content = Content.unknown
  /// The stream; with positions and a size where that is possible.
  public var channel: any ByteChannel
  /// Where in the channel the stream begins, and reading in order with it. Above 0 only for
  /// mapped-ram files whose positions are those of the file around them.
  public var origin: UInt64 = 0
  /// What is odd and did not keep the stream from being opened.
  public var warnings: [String] = []

  /// The names of the containers and of the content, as in `gzip, libvirt save image, stream`.
  public var kind: String { (containers.map(\.name) + [content.rawValue]).joined(separator: ", ") }

  /// The libvirt header, if there is one.
  public var libvirt: LibvirtHeader? {
    for case .libvirt(let header) in containers { return header }
    return nil
  }

  /// The snapshot, if there is one.
  public var snapshot: QCOW2Snapshot? {
    for case .qcow2(_, let snapshot) in containers { return snapshot }
    return nil
  }
}
