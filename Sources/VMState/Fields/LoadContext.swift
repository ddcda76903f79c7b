/// Read access to guest memory as it has been loaded so far.
///
/// While a load runs, pages of protected blocks are kept apart from the live memory; reads
/// through this protocol see the new ones.
public protocol StagedMemory: AnyObject {
  /// Copies memory out of a RAM block.
  ///
  /// - Parameters:
  ///   - block: The block's idstr.
  ///   - offset: Byte offset in the block.
  ///   - target: Where the bytes go; its size is the number of bytes.
  /// - Throws: `unknownRAMBlock`, `ramOffset`.
  func read(
    block: String, offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError)
}

/// What a load lends to hooks, codecs and live sections.
///
/// Table hooks see the staged state of their own device and this context, nothing else: the
/// live machine is not touched before the whole stream proved good.
public final class LoadContext {
  /// Which of the format's forms is accepted.
  public let profile: StreamProfile
  /// Bounds on what the stream may demand.
  public let limits: Limits
  /// The version of the description that is being read (of the innermost one).
  public internal(set) var version: Int {
    get { frame.pointee.version }
    set { frame.pointee.version = newValue }
  }
  /// Set by the owner to stop the load.
  public let cancellation: CancellationFlag
  /// Sees every step, or nil.
  public let observer: (any TransferObserver)?
  /// Guest memory as loaded so far, or nil where the machine has none.
  public internal(set) var memory: (any StagedMemory)?
  /// Names from the section down; kept only while there is an observer.
  public internal(set) var path: [String] = []
  /// Nesting of structures and subsections.
  var depth: Int {
    get { frame.pointee.depth }
    set { frame.pointee.depth = newValue }
  }
  // What every table changes, outside of the object: no access check for each.
  private let frame: UnsafeMutablePointer<(version: Int, depth: Int)>
  /// File descriptors that the stream brought; nobody owns them before the commit.
  var receivedDescriptors: [Int32] = []
  /// Memory of the described states made so far, about.
  var describedBytes = 0
  /// What is read was written by a save that kept subsections that were not needed.
  var keepsIdle = false
  /// Finds the staged state of an entry loaded before; set by the loader.
  var stagedState: ((_ idstr: String, _ instance: UInt32?) -> Any?)?

  /// The migration capabilities that are on, by their names on the wire.
  public let capabilities: Set<String>
  /// Entries whose word the source has to wait for before it switches over.
  public internal(set) var switchoverAcksNeeded = 0
  /// How far the load has come; RAM handlers count their pages here.
  public var progress = LoadProgress()
  /// Gives others their turn; set by the loader.
  var giveWay: (() -> Void)?
  /// Takes the pieces of states that come over channels; set by the loader.
  var stateBuffers: StateBufferRouter?
  /// Waits until all of them have come; set by the handlers that opened the channels.
  var stateBufferWait: (() throws(VMStateError) -> Void)?
  /// Why a channel with pieces of states failed, if one did.
  var stateBufferFailure: (() -> VMStateError?)?
  /// Gets the progress once per batch; set by the loader.
  var onProgress: ((LoadProgress) -> Void)?
  /// What `warn(_:)` was given in the present section; taken by the loader.
  var remarks: [String] = []

  /// Makes a context.
  public init(
    profile: StreamProfile = .qemu10_0, limits: Limits = Limits(),
    cancellation: CancellationFlag = CancellationFlag(),
    observer: (any TransferObserver)? = nil, memory: (any StagedMemory)? = nil,
    capabilities: Set<String> = []
  ) {
    self.capabilities = capabilities
    self.profile = profile
    self.limits = limits
    self.cancellation = cancellation
    self.observer = observer
    self.memory = memory
    frame = .allocate(capacity: 1)
    frame.initialize(to: (0, 0))
  }

  deinit { frame.deallocate() }

  /// The staged state of another entry that this stream has loaded already.
  ///
  /// - Parameters:
  ///   - type: The state's type.
  ///   - idstr: The entry's full name.
  ///   - instance: The instance id; nil takes the first of that name.
  /// - Returns: nil if the stream has not brought that entry yet, or its state is of another
  ///   type.
  public func staged<State>(
    _ type: State.Type, of idstr: String, instance: UInt32? = nil
  ) -> State? {
    stagedState?(idstr, instance) as? State
  }

  /// Ends a batch of work: reports the progress and looks at the cancel flag.
  ///
  /// - Parameter position: The reader's position.
  /// - Throws: `cancelled`.
  public func batchDone(at position: UInt64) throws(VMStateError) {
    if let onProgress {
      progress.loadedBytes = position
      onProgress(progress)
    }
    try cancellation.check()
  }

  /// Notes something that is accepted and that the load's caller should know.
  ///
  /// - Parameter message: A sentence; a strict load is refused with it.
  public func warn(_ message: String) {
    // A section has a few at most; a flood of them tells no more.
    if remarks.count < 100 { remarks.append(message) }
  }
}
