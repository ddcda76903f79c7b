// The package beside C, in one process; what it prints goes into the README with its command.
//
//     benchmarks [--smoke] [--only device|pages|ram|rewind]
//     benchmarks --transfer …    (one save or load: `OneTransfer`, for beside_qemu.py)
//     benchmarks --repeat plan-save|plan-load|device-save|device-load COUNT    (for a profiler)

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

let arguments = CommandLine.arguments.dropFirst()
let isSmoke = arguments.contains("--smoke")
let only = arguments.firstIndex(of: "--only").map { arguments[arguments.index(after: $0)] }

if let place = arguments.firstIndex(of: "--repeat"), place + 2 < arguments.endIndex,
  let count = Int(arguments[place + 2])
{
  try DeviceBenchmarks.`repeat`(arguments[place + 1], count)
  exit(0)
}

if arguments.contains("--transfer") {
  try OneTransfer(Array(arguments)).run()
  exit(0)
}

if only == nil || only == "device" {
  try DeviceBenchmarks.run(rounds: isSmoke ? 3 : 21, times: isSmoke ? 200 : 2000)
}
if only == nil || only == "pages" {
  PageBenchmarks.run(rounds: isSmoke ? 3 : 11, times: isSmoke ? 100 : 1000)
}
if only == nil || only == "ram" {
  try RAMBenchmarks.run(size: (isSmoke ? 64 : 1024) << 20, rounds: isSmoke ? 1 : 5)
}
if only == nil || only == "rewind" {
  try RewindBenchmarks.run(rounds: isSmoke ? 3 : 21)
}
