/// Saves and loads guest memory: the entry `ram`, version 4.
///
/// Register it as a live entry under `idstr` with `version`. One object serves one machine;
/// a save and a load at the same time are not possible, as for the machine itself.
///
/// **Save.** Live, in rounds, while other threads write memory and mark what they wrote; or
/// offline, with the machine stopped, by the same calls. Pages go to the channel straight
/// from guest memory.
///
/// **Load.** All or nothing. `protected` blocks get a second mapping that is copied over at
/// the commit; `disposable` ones are loaded in place, and are zero after a failure.
///
/// QEMU: `savevm_ram_handlers`, migration/ram.c.
public final class RAMHandlers: SaveVMHandlers {
  /// The section's name.
  public static let idstr = "ram"
  /// The section's version: the only one written and accepted.
  public static let version = 4

  /// The machine's memory.
  public let blocks: RAMBlockList
  /// Capabilities; the other side must have the same.
  public let options: RAMOptions
  /// Where dirty pages are known from; nil serves only machines that are stopped.
  public let tracking: (any DirtyTracking)?
  /// Numbers of the save, readable from any thread.
  public let progress = RAMProgress()
  /// Numbers of the load, readable from any thread.
  public let loadProgress = RAMProgress()

  var saving: RAMSaveRun?
  var loading: RAMLoadRun?
  // An error of `pendingExact`, which cannot throw.
  var deferredError: VMStateError?
  // Tests step in here.
  var seam: ((RAMSaveMoment, RAMBlock, Int) -> Void)?

  /// Makes the entry for a machine's memory.
  ///
  /// - Parameter tracking: The blocks' own logs, unless an accelerator knows better.
  public init(
    _ blocks: RAMBlockList, options: RAMOptions = RAMOptions(),
    tracking: (any DirtyTracking)? = SoftwareDirtyTracking()
  ) {
    self.blocks = blocks
    self.options = options
    self.tracking = tracking
  }
}
