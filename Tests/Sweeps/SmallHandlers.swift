import VMState

/// A section with callbacks: live, or one opaque block. Its bytes are be16 length and content.
final class SmallHandlers: SaveVMHandlers {
  let phases: SavePhases
  private let name: String
  private let hook: (String) throws -> Void
  /// The live content.
  var content: [UInt8]
  private var staged: [UInt8]?
  private var roundsLeft = 0
  /// Calls that a load must make exactly once.
  private(set) var aborts = 0
  private(set) var cleanups = 0
  private(set) var commits = 0

  init(
    _ name: String, _ content: [UInt8], phases: SavePhases = .live,
    hook: @escaping (String) throws -> Void
  ) {
    self.name = name
    self.content = content
    self.phases = phases
    self.hook = hook
  }

  var isStaged: Bool { staged != nil }

  private func put(_ bytes: some Collection<UInt8>, to writer: inout StreamWriter) {
    writer.put(UInt16(bytes.count))
    writer.put(bytes: Array(bytes))
  }

  func saveSetup(to writer: inout StreamWriter, _ context: SaveContext) throws {
    try hook("\(name) save-setup")
    roundsLeft = 2
    put([], to: &writer)
  }

  func pendingEstimate(_ context: SaveContext) -> PendingBytes {
    PendingBytes(mustPrecopy: UInt64(roundsLeft) << 40)
  }

  func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws -> IterationResult {
    try hook("\(name) save-iterate")
    put(content.prefix(2), to: &writer)
    roundsLeft -= 1
    return roundsLeft > 0 ? .more : .done
  }

  func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws {
    try hook("\(name) save-complete")
    put(content, to: &writer)
  }

  func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws {
    try hook("\(name) save-state")
    put(content, to: &writer)
  }

  func loadSetup(_ context: LoadContext) throws { try hook("\(name) load-setup") }

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {
    try hook("\(name) load-state \(kind)")
    let count = Int(try reader.get(UInt16.self))
    staged = try reader.getBytes(count, limit: context.limits.fieldBytes)
  }

  func switchoverStart(_ context: LoadContext) throws { try hook("\(name) switchover-start") }

  func commitLoad() {
    commits += 1
    if let staged { content = staged }
    staged = nil
  }

  func abortLoad() {
    aborts += 1
    staged = nil
  }

  func loadCleanup() { cleanups += 1 }
}
