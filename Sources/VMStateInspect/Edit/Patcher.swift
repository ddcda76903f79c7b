import VMState

/// Changes a stream so that it stays valid: lengths, footers and the JSON description follow.
public enum Patcher {
  /// A field that got another value.
  public struct Change: Sendable, Hashable {
    /// The path.
    public var path: String
    /// Where the field stands in the old stream.
    public var offset: UInt64
    /// The bytes before.
    public var before: [UInt8]
    /// The bytes after.
    public var after: [UInt8]
  }

  /// What was done.
  public struct Result: Sendable {
    /// Fields that got their values.
    public internal(set) var changes: [Change] = []
    /// Paths of the subsections that were left out.
    public internal(set) var droppedSubsections: [String] = []
    /// Sections that were left out.
    public internal(set) var droppedSections: [String] = []
    /// Bytes of the new stream.
    public internal(set) var length: UInt64 = 0
    // What every part of the patch met, by its text.
    var uses: [String: Int] = [:]
    // Bytes of the packages, in order.
    var packages: [UInt64] = []
  }

  /// Writes the changed stream. Nothing is written if a part of the patch does not fit.
  ///
  /// - Parameters:
  ///   - source: The stream; it is read twice and needs positions.
  ///   - target: Takes the new one; it is not closed.
  /// - Throws: `badDescription` for a path or name that is not there, or is not unique;
  ///   `valueOutOfRange` with expected and found for a value that does not fit its field;
  ///   the first problem of a stream that is broken; the channels' errors.
  public static func patch(
    _ source: any ByteChannel, _ patch: Patch, walk: WalkOptions = WalkOptions(),
    to target: any ByteChannel
  ) throws(VMStateError) -> Result {
    guard source.capabilities.contains(.positioned) else {
      throw VMStateError(.unsupported, "a stream is patched where it can be read twice: a file")
    }
    let trial = try run(source, patch, walk, to: CountingChannel(), packages: nil)
    try check(patch, trial)
    try source.seek(to: 0)
    return try run(source, patch, walk, to: target, packages: trial.packages)
  }

  private static func run(
    _ source: any ByteChannel, _ patch: Patch, _ walk: WalkOptions, to target: any ByteChannel,
    packages: [UInt64]?
  ) throws(VMStateError) -> Result {
    var visitor = PatchVisitor(patch, packages, target)
    try StreamWalk.walk(source, walk, visitor: &visitor)
    return try visitor.finish()
  }

  /// Every part must have met something, and a value exactly one field.
  private static func check(_ patch: Patch, _ result: Result) throws(VMStateError) {
    for assignment in patch.assignments {
      let count = result.uses[assignment.path] ?? 0
      guard count == 1 else {
        throw VMStateError(
          .badDescription,
          count == 0 ? "no field has this path" : "more than one field has this path",
          expected: "one field", found: "\(count)"
        ).within(assignment.path)
      }
    }
    for name in patch.droppedSubsections where result.uses[name] == nil {
      throw VMStateError(.badDescription, "no such subsection", found: name)
    }
    for name in patch.droppedSections where result.uses[name] == nil {
      throw VMStateError(.unknownSection, "no such section", found: name)
    }
    guard patch.machine == nil || result.uses["machine"] != nil else {
      throw VMStateError(
        .configurationMissing, "the stream has no configuration with a machine type")
    }
  }
}

/// Takes everything and keeps nothing.
private final class CountingChannel: ByteChannel {
  var capabilities: ChannelCapabilities { .positioned }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    spans.reduce(0) { $0 + $1.count }
  }

  func seek(to position: UInt64) throws(VMStateError) {}
}
