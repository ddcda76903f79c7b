// A handler implements what it needs; these are the rest.
extension SaveVMHandlers {
  /// A live section.
  public var phases: SavePhases { .live }
  /// Always.
  public var isActive: Bool { true }
  /// Always.
  public var isIterationActive: Bool { true }
  /// No.
  public var hasPostcopy: Bool { false }
  /// Nothing to do.
  public func savePrepare(_ context: SaveContext) throws {}
  /// Nothing to do.
  public func precopy(_ event: PrecopyEvent, _ context: SaveContext) {}
  /// Nothing to do.
  public func saveSetup(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  /// Nothing left.
  public func pendingEstimate(_ context: SaveContext) -> PendingBytes { PendingBytes() }
  /// The estimate.
  public func pendingExact(_ context: SaveContext) -> PendingBytes { pendingEstimate(context) }
  /// Nothing to send.
  public func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws -> IterationResult { .done }
  /// Nothing to do.
  public func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  /// Nothing to do.
  public func savePostcopyPrepare(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  /// Nothing to do.
  public func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  /// No.
  public var supportsBackgroundSnapshot: Bool { false }
  /// Nothing to do.
  public func beginSnapshot(_ context: SaveContext) throws {}
  /// Nothing to do.
  public func endSnapshot() {}
  /// Nothing to do.
  public func saveCleanup() {}
  /// Nothing to do.
  public func resumePrepare(_ context: SaveContext) throws {}
  /// Yes.
  public var stagesLoad: Bool { true }
  /// Nothing to do.
  public func loadSetup(_ context: LoadContext) throws {}
  /// Nothing.
  public func stateBufferWriter(
    _ context: SaveContext
  ) -> (@Sendable (StateBufferSender) throws -> Void)? { nil }
  /// None.
  public var stateBufferReceiver: (any StateBufferReceiver)? { nil }
  /// Nothing to do.
  public func switchoverStart(_ context: LoadContext) throws {}
  /// No.
  public var needsSwitchoverAck: Bool { false }
  /// None.
  public func blocker(for direction: TransferDirection) -> String? { nil }
  /// Nothing to do.
  public func commitLoad() {}
  /// Nothing to do.
  public func finishLoad() {}
  /// Nothing to do.
  public func abortLoad() {}
  /// Nothing to do.
  public func loadCleanup() {}
}
