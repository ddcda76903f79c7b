/// Which parts of a save an entry with handlers takes part in.
public struct SavePhases: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int
  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// A START section, written by `saveSetup`.
  public static let setup = Self(rawValue: 1)
  /// PART sections, written by `saveIterate`.
  public static let iterate = Self(rawValue: 2)
  /// An END section, written by `saveComplete`.
  public static let complete = Self(rawValue: 4)
  /// One FULL section, written by `saveState` (the old style).
  public static let wholeState = Self(rawValue: 8)

  /// A live section: setup, iterate, complete.
  public static let live: Self = [.setup, .iterate, .complete]
}

/// What is left to send, in bytes.
public struct PendingBytes: Sendable, Hashable {
  /// Bytes that must go before the destination can start.
  public var mustPrecopy: UInt64
  /// Bytes that may follow after the destination has started.
  public var canPostcopy: UInt64
  /// Both together, saturating.
  public var total: UInt64 {
    let (sum, overflow) = mustPrecopy.addingReportingOverflow(canPostcopy)
    return overflow ? .max : sum
  }
  /// Makes an amount.
  public init(mustPrecopy: UInt64 = 0, canPostcopy: UInt64 = 0) {
    self.mustPrecopy = mustPrecopy
    self.canPostcopy = canPostcopy
  }
}

/// What one round of a live section achieved.
public enum IterationResult: Sendable {
  /// There is more to send.
  case more
  /// Nothing was left at the end of the round.
  case done
}
