import TestSupport
import Testing
import VMState
import VMStateDSL

// The example of the README, line for line between the two marks.

// -- README
struct CounterState {
  var count: UInt16 = 0
  var reload: UInt16 = 0
  var isRunning = false
  var fired: InlineArray<4, UInt32> = [0, 0, 0, 0]
  var line = false  // an output, computed again after a load

  static let vmstate = VMStateDescription<CounterState>("counter", version: 2, minimum: 1) {
    Field("count", \.count)
    Field("running", \.isRunning)
    Field("fired", \.fired).since(2)
    Local(\.line)
  }
  .subsection("counter/reload", version: 1, needed: { $0.reload != 0 }) {
    Field("reload", \.reload)
  }
  .postLoad { state, _ in
    if state.isRunning && state.count == 0 {
      throw VMStateError(.valueOutOfRange, "a running counter never stands at 0")
    }
  }
}

final class Counter: VMStateDevice {
  var state = CounterState()
  func updateLine() { state.line = state.count == 1 }
}

func register(_ counter: Counter, in registry: SaveStateRegistry) throws {
  try registry.register(counter, CounterState.vmstate, instance: .given(0)) { $0.updateLine() }
}
// -- README

@Suite struct ReadmeExampleTests {
  private final class StoppedMachine: MachineControl {
    var runState: RunState { .paused }
    func stop(_ state: RunState) {}
    func start(_ state: RunState) {}
    func withDeviceLock(_ body: () -> Void) { body() }
  }

  private func machine() throws -> (Counter, SaveStateRegistry) {
    let counter = Counter()
    let registry = SaveStateRegistry()
    try register(counter, in: registry)
    return (counter, registry)
  }

  private func save(_ registry: SaveStateRegistry) throws -> [UInt8] {
    let channel = MemoryChannel()
    let options = SaveOptions(configuration: MachineConfiguration(machineType: "readme"))
    try StateSaver(registry: registry, machine: StoppedMachine(), options: options)
      .save(to: channel)
    return channel.bytes
  }

  private func load(_ bytes: [UInt8], into registry: SaveStateRegistry) throws {
    let options = LoadOptions(configuration: MachineConfiguration(machineType: "readme"))
    try StateLoader(registry: registry, machine: StoppedMachine(), options: options)
      .load(from: MemoryChannel(bytes))
  }

  @Test func theExampleSavesAndLoads() throws {
    let (counter, registry) = try machine()
    counter.state.count = 1
    counter.state.reload = 9
    counter.state.isRunning = true
    let bytes = try save(registry)
    let (other, otherRegistry) = try machine()
    try load(bytes, into: otherRegistry)
    #expect(other.state.count == 1)
    #expect(other.state.reload == 9)
    #expect(other.state.line, "afterLoad ran")
  }

  @Test func theExampleRefusesWhatItsHookForbids() throws {
    let (counter, registry) = try machine()
    counter.state.isRunning = true
    let bytes = try save(registry)
    let (other, otherRegistry) = try machine()
    let error = #expect(throws: VMStateError.self) { try load(bytes, into: otherRegistry) }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.path.first == "counter")
    #expect(!other.state.isRunning)
  }

  @Test func theReadmeShowsThisVeryCode() throws {
    let here = try text(of: #filePath)
    let parts = here.components(between: "// -- README\n")
    let readme = try text(
      of: #filePath.replacing("Tests/VMStateDSLTests/ReadmeExampleTests.swift", with: "README.md"))
    #expect(readme.contains(parts), "README.md shows other code than this test")
  }

  private func text(of path: String) throws -> String {
    let channel = try FileChannel(reading: path)
    var reader = StreamReader(channel)
    let size = Int(channel.size ?? 0)
    return String(decoding: try reader.getBytes(size, limit: 1 << 20), as: UTF8.self)
  }
}

extension String {
  /// What stands between the first two occurrences of a mark.
  fileprivate func components(between mark: String) -> String {
    let parts = split(separator: mark, omittingEmptySubsequences: false)
    return parts.count > 2 ? String(parts[1]) : "no mark in the test"
  }
}
