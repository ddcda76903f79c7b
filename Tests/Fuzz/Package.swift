// swift-tools-version: 6.2

import PackageDescription

// A libFuzzer harness that loads arbitrary bytes:
//
//     swift run -c release --package-path Tests/Fuzz fuzz -runs=100000
//
// The library's sources are built here a second time (by symbolic links), because they need the
// fuzzer's instrumentation, whose flags a package that others depend on must not have.

let instrumented: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .unsafeFlags(["-sanitize=fuzzer,address"]),
]

let package = Package(
  name: "Fuzz",
  platforms: [.macOS(.v26)],
  targets: [
    .systemLibrary(name: "CVMState"),
    .target(name: "VMState", dependencies: ["CVMState"], swiftSettings: instrumented),
    .target(name: "VMStateDSL", dependencies: ["VMState"], swiftSettings: instrumented),
    .target(name: "VMStateInspect", dependencies: ["VMState"], swiftSettings: instrumented),
    .target(
      name: "DeviceModels", dependencies: ["VMState", "VMStateDSL"], swiftSettings: instrumented),
    .executableTarget(
      name: "fuzz", dependencies: ["VMState", "VMStateDSL", "VMStateInspect", "DeviceModels"],
      swiftSettings: instrumented,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ]
)
