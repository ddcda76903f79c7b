import DeviceModels
import VMState

/// The subcommand `blank`: a stream with no byte from QEMU, and the memory it must lead to.
enum BlankStream {
  static let options: Set<String> = ["--machine", "--qemu", "--ram", "--seed", "--form", "-o"]

  static func run(_ options: Options) throws -> ExitCode {
    let out = try options.required("-o")
    let seed = try options.number("--seed", default: 1)
    let form = try MemoryForm(named: options.text("--form") ?? "plain")
    let pages = try PageChannels(options, form)
    let machine = try machine(options, form, seed: seed)
    fill(machine, seed: seed)
    let isLive = options.has("--live")
    if isLive { try machine.start() } else { drive(machine, seed: seed) }
    var saver = machine.saver
    if isLive {
      saver.options.maximumBandwidth = 16 << 20
      saver.options.downtimeLimit = .milliseconds(20)
    }
    // QEMU has to skip what it does not know of the description.
    if options.has("--sums") { saver.options.integrity = IntegrityOptions(isStrong: true) }
    let result: SaveResult
    let channel = try AtomicFileChannel(savingTo: out)
    if form == .background {
      let snapshot = InstantCopy(machine)
      result = try saver.save(to: channel, observer: snapshot, progress: snapshot.delay)
      guard try snapshot.finish(savingTo: out + ".mem") else { return .failed }
      say("seed \(seed): \(result.bytes) bytes")
      return .good
    }
    machine.ramHandlers.multifd = try pages.open(channel)
    if form == .xbzrle {
      let changes = MemoryChanges(machine, seed: seed)
      result = try saver.save(to: channel, progress: changes.makeThem)
      guard try changes.haveHadEffect() else { return .failed }
    } else {
      result = try saver.save(to: channel)
    }
    try writeMemory(machine, to: out + ".mem")
    say(
      "seed \(seed): \(result.bytes) bytes, memory looked through "
        + "\(result.progress.dirtySyncCount) times")
    return .good
  }

  static func machine(
    _ options: Options, _ form: MemoryForm = .plain, seed: UInt64
  ) throws -> ExampleMachine {
    var made = ExampleMachine.Options()
    switch options.text("--machine") ?? "pc" {
    case "none":
      made.isBare = true
      made.memoryName = "ram"
    case "pc": made.networkCards = ["0000:00:02.0"]
    case let type where type.hasPrefix("pc-i440fx-"):
      made.networkCards = ["0000:00:02.0"]
      made.machineType = type
    case let other:
      throw UsageError(message: "the machines are none, pc, pc-i440fx-VERSION, not '\(other)'")
    }
    made.profile = try Splice.profile(options.text("--qemu"))
    made.memoryBytes = try options.number("--ram", default: 8) << 20
    made.hasROMs = false
    made.capabilities = form.capabilities
    if form == .background { made.overwriters = 3 }
    made.announcesWrites = options.has("--announced")
    made.seed = seed
    made.hotBytes = made.memoryBytes / 2
    guard made.memoryBytes >= 1 << 20, made.memoryBytes <= 1 << 31 else {
      throw UsageError(message: "--ram is 1 to 2048 MiB")
    }
    let machine = try ExampleMachine(made)
    machine.ramHandlers.snapshotOptions = SnapshotOptions(
      method: made.announcesWrites ? .announcedWrites : .writeProtection, copiedBytes: 1 << 20)
    return machine
  }

  /// Random, zero and constant pages, by their number.
  static func fill(_ machine: ExampleMachine, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for page in stride(from: 0, to: machine.options.memoryBytes, by: 4096) {
      switch random.next() % 4 {
      case 0: machine.fillMemory(page..<page + 4096, seed: random.next())
      case 1:
        for word in stride(from: page, to: page + 4096, by: 8) {
          machine.memory.store(0x5555_5555_5555_5555, at: word)
        }
      case 2: machine.memory.store(random.next(), at: page + random.next() % 512 * 8)
      default: continue
      }
    }
  }

  private static func drive(_ machine: ExampleMachine, seed: UInt64) {
    let time = BoardDriver.Time()
    machine.withBoard { board in
      board.host = { time.now }
      var driver = BoardDriver(board, time, seed: seed)
      driver.run(turns: 40)
    }
  }

  static func writeMemory(_ machine: ExampleMachine, to path: String) throws {
    try write(
      UnsafeRawBufferPointer(
        start: machine.memory.block.memory.base, count: Int(machine.options.memoryBytes)),
      to: path)
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    let channel = try AtomicFileChannel(savingTo: path)
    var writer = StreamWriter(channel)
    writer.put(bytes: bytes)
    try writer.flush()
    try channel.close()
  }
}
