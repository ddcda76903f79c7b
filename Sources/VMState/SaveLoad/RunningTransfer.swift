/// A save or load that runs on a thread of its own.
///
/// ```
/// let save = try saver.start(to: channel)
/// for await step in save.progress { print(step.transferredBytes) }
/// let result = try await save.result()
/// ```
public final class RunningTransfer<Progress: Sendable, Success: Sendable>: Sendable {
  private struct Waiting {
    var outcome: Result<Success, VMStateError>?
    var continuations: [CheckedContinuation<Result<Success, VMStateError>, Never>] = []
  }

  /// One element per batch, never per page; ends with the transfer. When they come faster than
  /// they are taken, the oldest are dropped.
  public let progress: AsyncStream<Progress>

  private let steps: AsyncStream<Progress>.Continuation
  private let waiting = Guarded(Waiting())
  private let cancellation: CancellationFlag
  private let channel: any ByteChannel

  init(_ channel: any ByteChannel, _ cancellation: CancellationFlag) {
    (progress, steps) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    self.channel = channel
    self.cancellation = cancellation
  }

  /// Asks the transfer to stop: sets the flag, and shuts the channel down so that a call that
  /// blocks there ends. It ends with the error `cancelled`, unless it was complete already.
  public func cancel() {
    cancellation.cancel()
    // A transfer that is over has closed its channel in good order.
    guard waiting.withLock({ $0.outcome == nil }) else { return }
    channel.shutdown()
  }

  /// Waits for the end. Cancelling the waiting task cancels the transfer.
  ///
  /// - Throws: What the save or load threw.
  public func result() async throws(VMStateError) -> Success {
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = waiting.withLock { waiting -> Result<Success, VMStateError>? in
          if waiting.outcome == nil { waiting.continuations.append(continuation) }
          return waiting.outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      cancel()
    }
    return try outcome.get()
  }

  /// Starts the thread.
  func run(
    _ body:
      @escaping @Sendable (_ report: @escaping (Progress) -> Void) throws(VMStateError) -> Success
  ) throws(VMStateError) {
    try DedicatedThread.run { [self] in
      do throws(VMStateError) {
        end(.success(try body { [steps] in steps.yield($0) }))
      } catch {
        end(.failure(error))
      }
    }
  }

  private func end(_ outcome: Result<Success, VMStateError>) {
    let continuations = waiting.withLock { waiting in
      waiting.outcome = outcome
      defer { waiting.continuations = [] }
      return waiting.continuations
    }
    steps.finish()
    for continuation in continuations { continuation.resume(returning: outcome) }
  }
}

extension StateSaver {
  /// Starts a save on a thread of its own.
  ///
  /// - Parameter observer: Sees every step, on that thread.
  /// - Throws: `unsupported` when the system gives no thread.
  public func start(
    to channel: any ByteChannel, observer: (any TransferObserver & Sendable)? = nil,
    counters: TransferCounters = TransferCounters()
  ) throws(VMStateError) -> RunningTransfer<SaveProgress, SaveResult> {
    let cancellation = CancellationFlag()
    let transfer = RunningTransfer<SaveProgress, SaveResult>(channel, cancellation)
    try transfer.run { (report) throws(VMStateError) in
      try save(
        to: channel, cancellation: cancellation, observer: observer, counters: counters,
        progress: report)
    }
    return transfer
  }
}

extension StateLoader {
  /// Starts a load on a thread of its own.
  ///
  /// - Parameter observer: Sees every step, on that thread.
  /// - Throws: `unsupported` when the system gives no thread.
  public func start(
    from channel: any ByteChannel, observer: (any TransferObserver & Sendable)? = nil
  ) throws(VMStateError) -> RunningTransfer<LoadProgress, LoadResult> {
    let cancellation = CancellationFlag()
    let transfer = RunningTransfer<LoadProgress, LoadResult>(channel, cancellation)
    try transfer.run { (report) throws(VMStateError) in
      try load(
        from: channel, cancellation: cancellation, observer: observer, progress: report)
    }
    return transfer
  }
}
