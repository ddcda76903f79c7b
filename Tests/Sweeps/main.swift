let usage = """
  sweeps cuts          every stream cut at every byte of its first 4 KiB and every 97th after
  Options: --seed N, --count N, --only PART (streams whose name contains PART)
  """

do {
  let words = CommandLine.arguments.dropFirst()
  let arguments = try Arguments(words.dropFirst())
  let start = System.seconds
  System.print("\(words.first ?? "sweeps") with seed \(arguments.seed)")
  switch words.first {
  case "cuts": try CutSweep.run(arguments)
  default: throw Violation("one of\n\(usage)")
  }
  System.print("\(Int((System.seconds - start) * 10)) tenths of a second")
} catch {
  System.print("VIOLATION: \(error)")
  leave(1)
}
