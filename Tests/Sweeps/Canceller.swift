import VMState

/// Counts steps, and cancels at one of them.
final class Canceller: TransferObserver {
  let flag = CancellationFlag()
  private let place: Int
  private(set) var steps = 0
  /// Steps before the first device is told of a completed load.
  private(set) var stepsBeforeCommit = 0

  init(at place: Int) { self.place = place }

  func observe(_ event: TransferEvent) {
    if steps == place { flag.cancel() }
    steps += 1
    if case .hook("after-load", _, _) = event { return }
    stepsBeforeCommit = steps
  }
}
