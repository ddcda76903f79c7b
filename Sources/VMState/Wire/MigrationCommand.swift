/// The commands of a stream.
///
/// Wire: byte `08`, be16 command, be16 length, that many bytes. QEMU: `enum qemu_vm_cmd`,
/// migration/savevm.c.
public enum MigrationCommand: UInt16, Sendable, Hashable, CaseIterable {
  /// The source wants to hear from the destination.
  case openReturnPath = 1
  /// To be answered on the return path; be32 token.
  case ping = 2
  /// A postcopy may follow; nothing, or be64 page-size summary and be64 target page size.
  case postcopyAdvise = 3
  /// Pages may be asked for from now on.
  case postcopyListen = 4
  /// The destination starts.
  case postcopyRun = 5
  /// Ranges of a RAM block to forget.
  case postcopyRAMDiscard = 6
  /// A nested stream follows; be32 size.
  case packaged = 7
  /// Checkpoint replication.
  case enableCOLO = 8
  /// A broken postcopy is taken up again.
  case postcopyResume = 9
  /// Asks for a RAM block's received bitmap; counted block name.
  case receiveBitmap = 10
  /// The machine is stopped, END sections follow.
  case switchoverStart = 11

  /// The payload's length, or nil where it varies.
  public var payloadLength: Int? {
    switch self {
    case .openReturnPath, .postcopyListen, .postcopyRun, .enableCOLO, .postcopyResume,
      .switchoverStart:
      0
    case .ping, .packaged: 4
    case .postcopyAdvise, .postcopyRAMDiscard, .receiveBitmap: nil
    }
  }

  /// The name in QEMU's messages.
  public var name: String {
    switch self {
    case .openReturnPath: "OPEN_RETURN_PATH"
    case .ping: "PING"
    case .postcopyAdvise: "POSTCOPY_ADVISE"
    case .postcopyListen: "POSTCOPY_LISTEN"
    case .postcopyRun: "POSTCOPY_RUN"
    case .postcopyRAMDiscard: "POSTCOPY_RAM_DISCARD"
    case .packaged: "PACKAGED"
    case .enableCOLO: "ENABLE_COLO"
    case .postcopyResume: "POSTCOPY_RESUME"
    case .receiveBitmap: "RECV_BITMAP"
    case .switchoverStart: "SWITCHOVER_START"
    }
  }
}
