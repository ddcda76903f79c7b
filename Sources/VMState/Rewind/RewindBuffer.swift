/// Frames of a machine in memory, to step back and forth: a snapshot many times a second.
///
/// A frame is the whole machine: guest memory page by page, and the devices as the bytes of
/// the sections that a stream would have. Only differences from the frame before are kept, each
/// content once; the oldest frames go when the byte limit is reached. A step copies the pages
/// that differ or were written meanwhile, and loads the devices as the loader does: staged,
/// then put in place as a whole. If a hook refuses, nothing has changed.
///
/// ```swift
/// let rewind = try RewindBuffer(
///   registry: registry, blocks: blocks, machine: machine,
///   options: RewindOptions(byteLimit: 256 << 20))
/// try rewind.capture()      // once for each frame
/// try rewind.stepBack()
/// ```
///
/// **What takes part.** RAM blocks that are `migratable`, the used length of each, read-only
/// ones too; every entry with a description, and handlers that write one FULL section and
/// stage their load. Live sections other than the RAM of these blocks are refused by name.
/// Subsections that are not needed are kept as well, as far as their fields have a fixed size.
/// What else a table leaves out (fields whose test says no, lists of a subsection that is not
/// needed) gets its value from `preLoad`, as in every load.
///
/// **Who writes.** The machine stands still during each call: see `RewindOptions.stopsMachine`.
/// At all other times any thread writes memory as it likes and marks it for the tracking. Marks
/// taken away by another user of the software log (a save), and loads of another state, are
/// noticed: the next call looks at every page then. While a buffer has frames it is the one
/// that a kernel's tracking belongs to.
///
/// **Not in a frame.** The run state: a machine that ran runs on after a step.
///
/// One thread at a time uses a buffer; a save or load of the same registry meanwhile is `busy`.
public final class RewindBuffer {
  /// What bounds the frames, as indexes of changes.
  struct Bounds: BitwiseCopyable {
    /// Behind the frame's last change of a page, and of a piece of the devices.
    var pages: Int
    var pieces: Int
    /// Bytes of the device image.
    var image: Int
  }

  /// What is kept.
  public let registry: SaveStateRegistry
  /// Whose frames these are.
  public let machine: any MachineControl
  /// How they are kept.
  public let options: RewindOptions
  private let box: RewindMemoryBox
  let memory: UnsafeMutablePointer<RewindMemory>
  /// What changes, in a place of its own: no access check for each use.
  let state: UnsafeMutablePointer<State>
  let limit: Int

  struct State: ~Copyable {
    /// The bounds of each frame, by its number.
    var bounds = RewindRing<Bounds>()
    var position: Int?
    var devices: RewindDevices?
    /// The version of the registry's list that `devices` was made of.
    var listVersion: UInt64 = 0
  }

  /// The number of the frame at which the machine is, or from which it ran on; nil without
  /// frames.
  public var position: Int? { state.pointee.position }

  /// Makes a buffer without frames; nothing is watched yet.
  ///
  /// - Parameters:
  ///   - blocks: The machine's memory.
  ///   - tracking: Where written pages are known from; it serves this buffer alone.
  /// - Throws: `valueOutOfRange` or `limitExceeded` for a limit that is too small, or larger
  ///   than what the system can give; `unsupported` for a live section, by its name.
  public init(
    registry: SaveStateRegistry, blocks: RAMBlockList, machine: any MachineControl,
    tracking: any DirtyTracking = SoftwareDirtyTracking(), options: RewindOptions
  ) throws(VMStateError) {
    let least = UInt64(blocks.targetPageSize.bytes) * 2
    guard options.byteLimit >= least, options.byteLimit <= UInt64(Int.max) / 2 else {
      throw VMStateError(
        .valueOutOfRange, "the byte limit of a rewind buffer is out of range",
        expected: "\(least) to \(Int.max / 2)", found: "\(options.byteLimit)")
    }
    _ = try RewindDevices.participants(registry.entries, blocks)
    self.registry = registry
    self.machine = machine
    self.options = options
    limit = Int(options.byteLimit)
    box = RewindMemoryBox(try RewindMemory(blocks, tracking, bytes: options.byteLimit))
    memory = box.place
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// The numbers of the frames kept, oldest first.
  public var frames: Range<Int> { state.pointee.bounds.start..<state.pointee.bounds.end }

  /// Bytes taken at present: contents of pages and devices, changes, tables, bitmaps.
  public var byteCount: Int {
    guard let devices = state.pointee.devices else { return 0 }
    return memory.pointee.byteCount + devices.byteCount + state.pointee.bounds.count
      * MemoryLayout<Bounds>.stride
  }

  /// Drops all frames and ends the watch. Numbers go on.
  public func removeAll() {
    state.pointee.bounds.removeAll(next: position.map { $0 + 1 } ?? state.pointee.bounds.end)
    state.pointee.position = nil
    memory.pointee.clear()
    state.pointee.devices = nil
  }

  /// The staged memory that hooks see.
  var stagedMemory: any StagedMemory { box }

  /// Runs `body` while the machine stands still.
  @inline(__always)
  func still(
    _ state: RunState, _ body: (RunState) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let before = machine.runState
    guard options.stopsMachine, before.isLive else { return try body(before) }
    do throws(VMStateError) {
      try machine.stopIfLive(state)
      try body(before)
    } catch {
      throw machine.resume(before, after: error)
    }
    try machine.startIfStopped(before)
  }

  /// Runs `body` under the device lock; as `MachineControl.locked`, which is generic and
  /// takes longer than to copy a page.
  @inline(__always)
  func locked(_ body: () throws(VMStateError) -> Void) throws(VMStateError) {
    var failure: VMStateError?
    var isDone = false
    machine.withDeviceLock {
      isDone = true
      do throws(VMStateError) { try body() } catch { failure = error }
    }
    if let failure { throw failure }
    guard isDone else {
      throw VMStateError(.machineControl, "the machine's device lock was not given")
    }
  }
}
