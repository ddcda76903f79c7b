/// The destination of a check: a stream that it saved, its `-dump-vmstate` file, or both, and
/// what its owner knows beside.
///
/// A stream of a fresh, paused machine with the destination's own command line shows nearly
/// everything: sections, instances, RAM blocks, lengths, values that have to agree. The file
/// shows what a stream does not: the lowest versions and all subsections.
public struct CheckTarget: Sendable {
  /// What a stream of the destination shows.
  public var stream: StreamFacts?
  /// What its `-dump-vmstate` file shows.
  public var classes: SchemaDocument?
  /// What its owner knows.
  public var options: CheckOptions

  /// Makes a target.
  public init(
    stream: StreamFacts? = nil, classes: SchemaDocument? = nil,
    options: CheckOptions = CheckOptions()
  ) {
    self.stream = stream
    self.classes = classes
    self.options = options
  }
}
