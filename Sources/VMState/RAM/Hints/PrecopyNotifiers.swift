/// Who wants to hear of the steps of a save.
///
/// They are called in the order in which they were added, from the save's thread. What they
/// throw ends nothing and is kept for the owner to see.
public final class PrecopyNotifiers: Sendable {
  /// Hears of a step.
  public typealias Notifier = @Sendable (PrecopyEvent) throws -> Void

  /// Names a notifier, so that it can be removed.
  public struct Token: Sendable, Hashable {
    fileprivate let number: Int
  }

  private struct State {
    var next = 0
    var list: [(token: Token, notifier: Notifier)] = []
    var failures: [VMStateError] = []
  }

  // A notifier that fails each time tells no more the hundredth time.
  private static let keptFailures = 100
  private let state = Guarded(State())

  /// Nobody.
  public init() {}

  /// Adds a notifier.
  @discardableResult
  public func add(_ notifier: @escaping Notifier) -> Token {
    state.withLock { state in
      let token = Token(number: state.next)
      state.next += 1
      state.list.append((token, notifier))
      return token
    }
  }

  /// Removes a notifier; it may still be at work in the save's thread.
  public func remove(_ token: Token) {
    state.withLock { $0.list.removeAll { $0.token == token } }
  }

  /// What notifiers threw, in order, at most a hundred; `machineControl` with the cause.
  public var failures: [VMStateError] { state.withLock { $0.failures } }

  /// Calls all of them.
  func notify(_ event: PrecopyEvent) {
    for item in state.withLock({ $0.list }) {
      do {
        try item.notifier(event)
      } catch {
        note(
          VMStateError(
            .machineControl, "a notifier failed at the step \(event)", cause: error))
      }
    }
  }

  private func note(_ error: VMStateError) {
    state.withLock { state in
      if state.failures.count < Self.keptFailures { state.failures.append(error) }
    }
  }
}
