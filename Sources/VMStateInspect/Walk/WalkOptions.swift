import VMState

/// How a stream is walked.
public struct WalkOptions: Sendable {
  /// Bounds on what the stream may demand.
  public var limits: Limits
  /// Largest page that is held, in bytes (default 4 MiB).
  public var largestPage = 4 << 20
  /// The visitor keeps the sections' states: the limit on described memory is for all of them
  /// together, not for each.
  public var keepsSections = false
  /// How a multifd channel's packets are laid out; nil tells it by the first one.
  public var multifdLayout: MultifdPagePacket.Layout?
  /// Layouts to use where the stream has none of its own.
  public var learned: StreamDescription?
  /// Where in the channel the stream begins; 0, the default, takes what the channel says.
  /// Positions count from the channel's start all the same, as those in a mapped-ram stream do.
  public var origin: UInt64 = 0
  /// Bytes at the end of a channel without positions that may be held to find the description
  /// behind the sections that need it (default 48 MiB).
  public var heldTail = 48 << 20

  /// The defaults: bounds for a tool that has to stay small.
  ///
  /// - Parameter learned: Layouts to use where the stream has none of its own.
  public init(learned: StreamDescription? = nil) {
    self.learned = learned
    limits = Limits()
    limits.fieldBytes = 16 << 20
    limits.describedBytes = 256 << 20
    limits.descriptionBytes = 16 << 20
    limits.elements = 1 << 16
  }
}
