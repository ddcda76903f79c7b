/// The progress of a save as it was reported last, readable from any thread.
final class LiveProgress: Sendable {
  private let state = Guarded(SaveProgress())

  var current: SaveProgress {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}
