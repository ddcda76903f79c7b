import VMState

/// A live section that sends one byte per round, counting down what is left. Its live state
/// is the sum of the bytes it loaded.
final class CountdownHandlers: SaveVMHandlers {
  var phases = SavePhases.live
  var isActive = true
  var isIterationActive = true
  var stagesLoad = true
  var needsSwitchoverAck = false
  var blockerText: String?
  let name: String
  let log: CallLog
  /// Rounds left, and bytes reported for each of them.
  var left: Int
  var bytesPerRound: UInt64 = 1
  /// Throws in the callback of this name.
  var failing: String?
  /// Run in every round.
  var onIterate: ((SaveContext) throws -> Void)?

  /// Live state.
  var sum = 0
  private var staged: Int?

  init(_ name: String, rounds: Int, log: CallLog = CallLog()) {
    self.name = name
    self.log = log
    left = rounds
  }

  private func call(_ name: String) throws {
    log.add("\(self.name) \(name)")
    if failing == name { throw Refusal() }
  }

  func blocker(for direction: TransferDirection) -> String? { blockerText }

  func savePrepare(_ context: SaveContext) throws { try call("prepare") }

  func saveSetup(to writer: inout StreamWriter, _ context: SaveContext) throws {
    try call("setup")
    writer.put(UInt8(0xA0))
  }

  func pendingEstimate(_ context: SaveContext) -> PendingBytes {
    log.add("\(name) estimate")
    return PendingBytes(mustPrecopy: UInt64(left) * bytesPerRound)
  }

  func pendingExact(_ context: SaveContext) -> PendingBytes {
    log.add("\(name) exact")
    return PendingBytes(canPostcopy: UInt64(left) * bytesPerRound)
  }

  func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws -> IterationResult {
    try call("iterate")
    try onIterate?(context)
    if left > 0 { left -= 1 }
    writer.put(UInt8(0xB0))
    return left > 0 ? .more : .done
  }

  func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws {
    try call("complete")
    writer.put(UInt8(0xC0))
  }

  func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws {
    try call("state")
    writer.put(UInt16(0xD0D1))
  }

  func saveCleanup() { log.add("\(name) save-cleanup") }

  func loadSetup(_ context: LoadContext) throws { try call("load-setup") }

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {
    try call("load \(kind) \(version)")
    let value = kind == .full ? Int(try reader.get(UInt16.self)) : Int(try reader.get(UInt8.self))
    staged = (staged ?? 0) + value
  }

  func switchoverStart(_ context: LoadContext) throws { try call("switchover") }

  func commitLoad() {
    log.add("\(name) commit")
    sum = staged ?? sum
    staged = nil
  }

  func finishLoad() { log.add("\(name) after-load") }

  func abortLoad() {
    log.add("\(name) abort")
    staged = nil
  }

  func loadCleanup() { log.add("\(name) load-cleanup") }
}
