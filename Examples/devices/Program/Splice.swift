import DeviceModels
import RecordedMachines
import VMState
import VMStateInspect

/// The subcommand `splice`: a QEMU stream in, changed devices, a whole stream out.
enum Splice {
  static let options: Set<String> = [
    "--into", "-o", "--seed", "--profile", "--how", "--form", "--channels", "--statistics",
  ]

  static func run(_ options: Options) throws -> ExitCode {
    let base = try options.required("--into")
    let out = try options.required("-o")
    let seed = try options.number("--seed", default: 1)
    let profile = try profile(options.text("--profile"))
    let how = options.text("--how") ?? "identity"
    let form = try MemoryForm(named: options.text("--form") ?? "plain")
    let pages = try PageChannels(options, form)
    guard ["identity", "behaviour", "random"].contains(how) else {
      throw UsageError(message: "--how is identity, behaviour or random, not '\(how)'")
    }
    let recording = try Recording(
      StreamWalk.collect(FileChannel(reading: base)), profile: profile)
    let time = BoardDriver.Time()
    let machine = try RecordedMachine(recording, isLive: how == "behaviour") { time.now }
    let source = try FileChannel(reading: base)
    if recording.configuration.capabilities.contains("mapped-ram") {
      machine.memory?.multifd = try pages.open(source)
    }
    let result = try machine.loader.load(from: source)
    for warning in result.warnings { complain("warning: \(warning)") }
    change(machine, how, seed, time)
    var saver = machine.saver
    saver.options.configuration.capabilities.formUnion(form.capabilities)
    let file = try AtomicFileChannel(savingTo: out)
    machine.memory?.multifd = try pages.open(file)
    let statistics = try SaveStatistics(options, machine.memory, profile, form)
    try statistics.prepare(&saver)
    try saver.save(to: file)
    try statistics.finish()
    say(
      "\(how), seed \(seed): \(machine.modelled.count) device models in \(recording.sections.count) sections"
    )
    return .good
  }

  private static func change(
    _ machine: RecordedMachine, _ how: String, _ seed: UInt64, _ time: BoardDriver.Time
  ) {
    switch how {
    case "behaviour":
      var driver = BoardDriver(machine.board, time, seed: seed)
      driver.run(turns: 40)
    case "random":
      var draw = DeviceDraw(
        seed: seed, profile: machine.recording.profile, now: machine.board.now)
      draw.draw(machine.modelled, on: machine.board)
    default: return
    }
  }

  static func profile(_ text: String?) throws -> StreamProfile {
    guard let profile = StreamProfile(named: text ?? "10.0") else {
      let names = StreamProfile.generations.map(\.name).joined(separator: ", ")
      throw UsageError(message: "the profiles are \(names), not '\(text ?? "")'")
    }
    return profile
  }
}
