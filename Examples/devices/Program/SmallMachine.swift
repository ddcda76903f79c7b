import DeviceModels
import VMState

/// The subcommands `save` and `load`: a machine of one MiB, quick enough to be killed at each
/// of its system calls.
enum SmallMachine {
  private static func machine(seed: UInt64) throws(VMStateError) -> ExampleMachine {
    var options = ExampleMachine.Options()
    options.memoryBytes = 1 << 20
    options.hasROMs = false
    options.networkCards = []
    options.seed = seed
    let machine = try ExampleMachine(options)
    // The last word of memory is the sum of all before it, so that a load can tell.
    machine.fillMemory(0..<64 << 10, seed: seed)
    machine.memory.store(sum(machine), at: options.memoryBytes - 8)
    return machine
  }

  private static func sum(_ machine: ExampleMachine) -> UInt64 {
    stride(from: 0, to: UInt64(64 << 10), by: 8).reduce(0) {
      $0 &* 31 &+ machine.memory.word(at: $1)
    }
  }

  static func save(_ options: Options) throws -> ExitCode {
    let path = try options.required("--to")
    let seed = try options.number("--seed", default: .random(in: 1...(.max)))
    try machine(seed: seed).saver.save(to: AtomicFileChannel(savingTo: path))
    return .good
  }

  static func load(_ options: Options) throws -> ExitCode {
    let path = try options.required("--from")
    let machine = try machine(seed: 0)
    var loader = machine.loader
    loader.options.isStrict = true
    try loader.load(from: FileChannel(reading: path))
    guard sum(machine) == machine.memory.word(at: machine.options.memoryBytes - 8) else {
      complain("\(path): the memory is not what was saved")
      return .failed
    }
    return .good
  }
}
