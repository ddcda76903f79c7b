/// A section whose bytes only its own code knows: RAM above all, which is saved while the
/// machine runs, and old-style sections that are one opaque block.
///
/// **Order on a save.** `savePrepare`, `saveSetup`, then passes of `pendingEstimate`,
/// `pendingExact` (only when the estimate is below the threshold) and `saveIterate`; the
/// machine stops; `saveComplete`, then `saveState` of old-style entries; `saveCleanup`. For a
/// background snapshot: `savePrepare`, `saveSetup`; the machine stops; `saveState` of old-style
/// entries, `beginSnapshot`; it runs on; passes of `saveIterate`; `endSnapshot`, `saveCleanup`.
///
/// **Order on a load.** `loadSetup`, `needsSwitchoverAck`, `loadState` for each section,
/// `switchoverStart`; then either `commitLoad` and `finishLoad`, or `abortLoad`; at last
/// `loadCleanup`.
///
/// **Threads and locks.** All callbacks of one transfer come from the one thread that runs
/// it. "Device lock" is `MachineControl.withDeviceLock`; where a callback is called without
/// it, the handler must not touch devices. A callback keeps neither the writer nor the reader
/// that it is lent.
///
/// **Errors.** Any error may be thrown; it ends the transfer and reaches the caller below the
/// section's name, with the offset. Every callback has a default that does nothing.
///
/// QEMU: `SaveVMHandlers`, include/migration/register.h.
public protocol SaveVMHandlers: AnyObject {
  /// Which sections this entry writes. Must not change. Default: a live section.
  var phases: SavePhases { get }
  /// False leaves the entry out of prepare, setup, rounds, complete, pending and load setup;
  /// asked anew before each of them. Default: true.
  var isActive: Bool { get }
  /// False leaves the entry out of the rounds only. Default: true.
  var isIterationActive: Bool { get }
  /// The entry may go on after the destination has started. Default: false.
  var hasPostcopy: Bool { get }
  /// A sentence that says why this section cannot be saved or loaded now, or nil.
  func blocker(for direction: TransferDirection) -> String?

  /// Source, active entries in list order, machine running, under the device lock, before
  /// anything is written. A throw ends the save with nothing written.
  func savePrepare(_ context: SaveContext) throws
  /// Source, every entry in list order, under the device lock: all START sections are written
  /// (`setup`), or the machine stands still and END sections follow (`complete`).
  func precopy(_ event: PrecopyEvent, _ context: SaveContext)
  /// Source, active entries in list order, machine running, under the device lock: the body of
  /// the START section.
  func saveSetup(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, machine running, without the lock, every pass: a cheap estimate of what is left.
  func pendingEstimate(_ context: SaveContext) -> PendingBytes
  /// Source, machine running, without the lock, when the estimate is below the threshold: what
  /// is really left; may be expensive. Default: the estimate.
  func pendingExact(_ context: SaveContext) -> PendingBytes
  /// Source, active entries in list order, machine running, without the lock, each round: the
  /// body of a PART section. Returns when `writer.isRateExceeded`, after a bounded time (QEMU
  /// takes 50 ms), or when nothing is left. Calls `context.batchDone` once per batch, which
  /// looks at the cancel flag and reports progress.
  func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws -> IterationResult
  /// Source, active entries in list order, machine stopped, under the device lock: the body of
  /// the END section.
  func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, active entries in list order, machine stopped, under the device lock, before the END
  /// sections and only if `context.sendsStateBuffers`: what a thread of its own is to do
  /// meanwhile, or nil. The FULL sections wait for its end; the handler's `saveCleanup` comes
  /// after it.
  func stateBufferWriter(
    _ context: SaveContext
  ) -> (@Sendable (StateBufferSender) throws -> Void)?
  /// Source, just before the switch to postcopy, machine running: the body of a PART section
  /// (profiles 11.x).
  func savePostcopyPrepare(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, machine stopped, under the device lock, in list order with the devices: the body
  /// of a FULL section (old style; `isActive` is not asked).
  func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// The entry can keep its state of an instant while the machine runs on. Default: false; an
  /// active live section without it is refused where a background snapshot is asked for.
  var supportsBackgroundSnapshot: Bool { get }
  /// Source of a background snapshot, active entries in list order, machine stopped, under the
  /// device lock, once all device state is saved: what `saveIterate` writes afterwards is the
  /// state of this moment, whatever the machine does.
  func beginSnapshot(_ context: SaveContext) throws
  /// Source of a background snapshot, without the lock, every entry, when everything is written
  /// or the save has failed: nothing of the machine may wait for the save any more. May be called
  /// without a `beginSnapshot`, and again.
  func endSnapshot()
  /// Source, under the device lock, once at the end of every attempt, good or not, for every
  /// entry, also when `saveSetup` never ran. The machine has not been started again yet.
  func saveCleanup()
  /// Source, when a broken postcopy is taken up again.
  func resumePrepare(_ context: SaveContext) throws

  /// False: the handler writes into live state while it loads, so a load with it is not
  /// all-or-nothing; `SaveStateRegistry.blockers(for:)` says so beforehand. Default: true.
  var stagesLoad: Bool { get }
  /// Destination, active entries in list order, machine stopped, under the device lock, after
  /// the configuration and before the first section.
  func loadSetup(_ context: LoadContext) throws
  /// Destination, machine stopped, without the lock, for each START, PART, END and FULL
  /// section of the entry: reads exactly the body, keeping what it reads apart from the live
  /// state. A section may come again; the last one counts.
  ///
  /// - Parameters:
  ///   - version: From the entry's last START or FULL header; at most the registered one.
  ///   - kind: Which section this is.
  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws
  /// Destination, before the load begins: takes what comes for this entry over multifd channels.
  /// Default: nil, which refuses it.
  var stateBufferReceiver: (any StateBufferReceiver)? { get }
  /// Destination, every entry in list order, on the command `SWITCHOVER_START`, before the END
  /// sections. Changes nothing in the live state.
  func switchoverStart(_ context: LoadContext) throws
  /// Destination, after `loadSetup`, with the capability `switchover-ack`: the source is to
  /// wait for this entry's word before it switches over.
  var needsSwitchoverAck: Bool { get }
  /// Destination, under the device lock, in stream order, once the stream proved good and
  /// nothing can fail any more: puts the staged state into place. Called for entries of which
  /// the stream brought a section.
  func commitLoad()
  /// Destination, under the device lock, in stream order, after every entry is committed: may
  /// touch the outside (interrupt lines, timers).
  func finishLoad()
  /// Destination, under the device lock, after a failure: forgets the staged state. Called for
  /// entries whose `loadSetup` or `loadState` was called, whether it threw or not.
  func abortLoad()
  /// Destination, under the device lock, once at the end of every attempt, good or not, for
  /// every entry.
  func loadCleanup()
}
