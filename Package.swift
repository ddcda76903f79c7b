// swift-tools-version: 6.2

import PackageDescription

// No package dependencies, on purpose: the package builds wherever only the Swift
// toolchain is installed. Benchmarks and fuzzing are nested packages under Tests.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

// One folder a device, each with a README beside its sources.
let deviceFolders = [
  "e1000", "fw_cfg", "globalstate", "hpet", "i8254", "i8257", "i8259", "ioapic", "machine",
  "mc146818rtc", "pci", "pckbd", "pcspk", "piix4_pm", "port92", "ps2", "ps2kbd", "ps2mouse",
  "serial", "timer",
]

let package = Package(
  name: "VMState",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "VMState", targets: ["VMState"]),
    .library(name: "VMStateDSL", targets: ["VMStateDSL"]),
    .library(name: "VMStateInspect", targets: ["VMStateInspect"]),
    .library(name: "VMStateTesting", targets: ["VMStateTesting"]),
    .executable(name: "vmstate-dump", targets: ["vmstate-dump"]),
    .executable(name: "devices", targets: ["devices"]),
  ],
  targets: [
    // Single instructions that Swift cannot name: a header, nothing compiled.
    .systemLibrary(name: "CVMState"),
    .target(name: "VMState", dependencies: ["CVMState"], swiftSettings: settings),
    .target(name: "VMStateDSL", dependencies: ["VMState"], swiftSettings: settings),
    .target(name: "VMStateInspect", dependencies: ["VMState"], swiftSettings: settings),
    .target(name: "VMStateTesting", dependencies: ["VMState"], swiftSettings: settings),
    .executableTarget(
      name: "vmstate-dump", dependencies: ["VMStateInspect"], swiftSettings: settings),
    .target(
      name: "DeviceModels", dependencies: ["VMState", "VMStateDSL"],
      path: "Examples/devices/Models", exclude: deviceFolders.map { "\($0)/README.md" },
      swiftSettings: settings),
    .target(
      name: "RecordedMachines", dependencies: ["VMState", "VMStateInspect", "DeviceModels"],
      path: "Examples/devices/Recorded", swiftSettings: settings),
    .executableTarget(
      name: "devices",
      dependencies: ["RecordedMachines", "VMState", "VMStateInspect", "DeviceModels"],
      path: "Examples/devices/Program", swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["VMState"], path: "Tests/Support",
      swiftSettings: settings),
    .executableTarget(
      name: "sweeps",
      dependencies: ["VMState", "VMStateDSL", "VMStateInspect", "DeviceModels", "TestSupport"],
      path: "Tests/Sweeps", swiftSettings: settings),
    .testTarget(
      name: "VMStateTests", dependencies: ["VMState", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "VMStateDSLTests", dependencies: ["VMState", "VMStateDSL", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "VMStateInspectTests", dependencies: ["VMState", "VMStateInspect", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CommandLineTests",
      dependencies: ["VMState", "VMStateInspect", "TestSupport", "vmstate-dump"],
      swiftSettings: settings),
    .testTarget(
      name: "VMStateTestingTests",
      dependencies: ["VMState", "VMStateDSL", "VMStateTesting", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "DeviceModelTests",
      dependencies: [
        "VMState", "VMStateDSL", "VMStateInspect", "VMStateTesting", "DeviceModels",
        "RecordedMachines", "TestSupport",
      ],
      swiftSettings: settings),
  ]
)
