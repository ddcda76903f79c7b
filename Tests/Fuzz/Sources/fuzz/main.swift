// libFuzzer over the loader:
//
//     fuzz --seeds FOLDER        writes good inputs into an existing folder
//     fuzz [libFuzzer's options and folders]
//
// A refused input is a thrown error; a trap, a hang, memory beyond the limit, or a machine that a
// refused load has changed ends the run with the input in a file.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
  _ argumentCount: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

func writeSeeds(to folder: String) throws {
  for (index, seed) in try Input.seeds().enumerated() {
    guard let file = fopen("\(folder)/seed-\(index)", "wb") else { fatalError("no \(folder)") }
    guard fwrite(seed, 1, seed.count, file) == seed.count, fclose(file) == 0 else {
      fatalError("cannot write a seed")
    }
    // Each seed must be a good input, or the fuzzer would start from nothing.
    try seed.withUnsafeBufferPointer { try Input.run($0) }
  }
}

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--seeds" {
  try writeSeeds(to: CommandLine.arguments[2])
} else {
  var argumentCount = CommandLine.argc
  var arguments = CommandLine.unsafeArgv
  exit(
    runFuzzer(&argumentCount, &arguments) { bytes, count in
      try? Input.run(UnsafeBufferPointer(start: bytes, count: count))
      return 0
    })
}
