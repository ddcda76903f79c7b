// swift-tools-version: 6.2

import PackageDescription

// The package beside C programs that do the same work, in one process and one run:
//
//     swift run -c release --package-path Tests/Benchmarks benchmarks

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "VMState", path: "../..")],
  targets: [
    .target(name: "CBaselines"),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "CBaselines",
        .product(name: "VMState", package: "VMState"),
        .product(name: "VMStateDSL", package: "VMState"),
      ],
      path: "Sources/Benchmarks",
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
