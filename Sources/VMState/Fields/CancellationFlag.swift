import Synchronization

/// Cancels a save or load from another thread or task.
public final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// A flag that is not set.
  public init() {}

  /// True after `cancel()`.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Asks the save or load to stop; it ends with the error `cancelled`.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Throws `cancelled` if the flag is set.
  public func check() throws(VMStateError) {
    if isCancelled { throw VMStateError(.cancelled, "the transfer was cancelled") }
  }
}
