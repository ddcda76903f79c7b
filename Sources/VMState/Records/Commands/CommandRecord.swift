/// A command of the stream with its data.
///
/// Wire: byte `08`, be16 command, be16 length of the data, the data. QEMU:
/// `qemu_savevm_command_send` and `loadvm_process_command`, migration/savevm.c.
public enum CommandRecord: Sendable, Hashable {
  /// The source wants to hear from the destination.
  case openReturnPath
  /// To be answered with the same number.
  case ping(UInt32)
  /// A postcopy may follow; nil for one without RAM (of dirty bitmaps only).
  case postcopyAdvise(PostcopyAdvice?)
  /// Pages may be asked for from now on.
  case postcopyListen
  /// The destination starts.
  case postcopyRun
  /// Ranges of a RAM block to forget.
  case postcopyRAMDiscard(PostcopyDiscard)
  /// A nested stream of so many bytes follows the command. It has no header and no end mark
  /// and ends with `postcopyRun`. This value does not hold it.
  case packaged(length: UInt32)
  /// Checkpoint replication.
  case enableCOLO
  /// A broken postcopy is taken up again.
  case postcopyResume
  /// Asks for the received bitmap of a RAM block with this name.
  case receiveBitmap(name: [UInt8])
  /// The machine is stopped, END sections follow.
  case switchoverStart

  /// Which command it is.
  public var command: MigrationCommand {
    switch self {
    case .openReturnPath: .openReturnPath
    case .ping: .ping
    case .postcopyAdvise: .postcopyAdvise
    case .postcopyListen: .postcopyListen
    case .postcopyRun: .postcopyRun
    case .postcopyRAMDiscard: .postcopyRAMDiscard
    case .packaged: .packaged
    case .enableCOLO: .enableCOLO
    case .postcopyResume: .postcopyResume
    case .receiveBitmap: .receiveBitmap
    case .switchoverStart: .switchoverStart
    }
  }

  /// Bytes of the data.
  public var length: Int {
    switch self {
    case .ping, .packaged: 4
    case .postcopyAdvise(let advice): advice == nil ? 0 : 16
    case .postcopyRAMDiscard(let discard): discard.length
    case .receiveBitmap(let name): 1 + name.count
    case .openReturnPath, .postcopyListen, .postcopyRun, .enableCOLO, .postcopyResume,
      .switchoverStart:
      0
    }
  }
}
