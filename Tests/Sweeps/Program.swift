/// The command line.
enum Program {
  private static let usage = """
    sweeps                  all of the following, with their default counts
    sweeps cuts             streams cut at every byte of their first 4 KiB and every 97th after
    sweeps flips            streams with flipped bits (--count, 10000)
    sweeps random-streams   streams made of true and false parts (--count, 20000)
    sweeps walks            damaged files of every kind, looked at in every way (--count, 10000
                            of each kind; --only takes a kind, as in qcow2)
    sweeps hooks            loads that a hook, the owner or a cancel ends
    sweeps failing-saves    saves to a file that end at every byte
    sweeps cancels          transfers cancelled while another process writes (--count, 1000)
    sweeps snapshots        snapshots of a running machine, given up at random moments (--count,
                            1000)
    sweeps save PATH SEED   saves a small machine
    sweeps check PATH SEED  is the file that machine, complete?
    Options: --seed N, --count N, --only PART (streams whose name contains PART, or "small")
    """

  private static var sweeps: [(name: String, run: (Arguments) throws -> Void)] {
    [
      ("cuts", CutSweep.run), ("flips", FlipSweep.run), ("walks", WalkSweep.run),
      ("random-streams", RandomStreams.run),
      ("hooks", HookSweep.run), ("failing-saves", FailingSaves.run),
      ("cancels", CancelSweep.run),
      ("snapshots", SnapshotSweep.run),
    ]
  }

  static func main(_ words: [String]) {
    do {
      try dispatch(words)
    } catch {
      System.print("VIOLATION: \(error)")
      leave(1)
    }
  }

  private static func dispatch(_ words: [String]) throws {
    let name = words.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
    let arguments = try Arguments(words.dropFirst(name == nil ? 0 : 1))
    switch name {
    case nil: runAll(arguments)
    case "save": try SaveCommand.save(arguments.words)
    case "check": try SaveCommand.check(arguments.words)
    default:
      guard let sweep = sweeps.first(where: { $0.name == name }) else {
        throw Violation("one of\n\(usage)")
      }
      try run(sweep.name, sweep.run, arguments)
    }
  }

  /// Runs one sweep and says how long it took.
  private static func run(
    _ name: String, _ sweep: (Arguments) throws -> Void, _ arguments: Arguments
  ) throws {
    let start = System.seconds
    System.print("\(name): seed \(arguments.seed)")
    try sweep(arguments)
    System.print("\(name): \(Int(System.seconds - start)) seconds")
  }

  private static func runAll(_ arguments: Arguments) -> Never {
    var failed = 0
    for (name, sweep) in sweeps {
      do {
        try run(name, sweep, arguments)
      } catch {
        System.print("VIOLATION: \(error)")
        failed += 1
      }
    }
    System.print("\(sweeps.count - failed) passed, \(failed) failed")
    leave(failed == 0 ? 0 : 1)
  }
}
