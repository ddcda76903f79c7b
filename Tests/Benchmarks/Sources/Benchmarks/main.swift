// The package beside C, in one process; what it prints goes into the README with its command.
//
//     benchmarks [--smoke] [--only device|ram|profile]

let arguments = CommandLine.arguments.dropFirst()
let isSmoke = arguments.contains("--smoke")
let only = arguments.firstIndex(of: "--only").map { arguments[arguments.index(after: $0)] }

if only == nil || only == "device" {
  try DeviceBenchmarks.run(rounds: isSmoke ? 3 : 21, times: isSmoke ? 200 : 2000)
}
if only == nil || only == "ram" {
  try RAMBenchmarks.run(size: (isSmoke ? 64 : 1024) << 20, rounds: isSmoke ? 1 : 5)
}
if only == "profile" { try DeviceBenchmarks.profile() }
