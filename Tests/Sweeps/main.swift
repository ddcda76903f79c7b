let usage = """
  sweeps cuts             streams cut at every byte of their first 4 KiB and every 97th after
  sweeps flips            streams with flipped bits (--count, 10000)
  sweeps random-streams   streams made of true and false parts (--count, 20000)
  sweeps hooks            loads that a hook, the owner or a cancel ends
  sweeps failing-saves    saves to a file that end at every byte
  sweeps save PATH SEED   saves a small machine
  sweeps check PATH SEED  is the file that machine, complete?
  Options: --seed N, --count N, --only PART (streams whose name contains PART, or "small")
  """

do {
  let words = CommandLine.arguments.dropFirst()
  let arguments = try Arguments(words.dropFirst())
  let start = System.seconds
  switch words.first {
  case "save":
    try SaveCommand.save(arguments.words)
    leave(0)
  case "check":
    try SaveCommand.check(arguments.words)
    leave(0)
  default: System.print("\(words.first ?? "sweeps") with seed \(arguments.seed)")
  }
  switch words.first {
  case "cuts": try CutSweep.run(arguments)
  case "flips": try FlipSweep.run(arguments)
  case "random-streams": try RandomStreams.run(arguments)
  case "hooks": try HookSweep.run(arguments)
  case "failing-saves": try FailingSaves.run(arguments)
  default: throw Violation("one of\n\(usage)")
  }
  System.print("in \(Int((System.seconds - start) * 10)) tenths of a second")
} catch {
  System.print("VIOLATION: \(error)")
  leave(1)
}
