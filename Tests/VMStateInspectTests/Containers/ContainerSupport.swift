import TestSupport
import Testing
import VMState
import VMStateInspect

/// The files under `Tests/Fixtures/containers` and what is in them.
enum ContainerFixture {
  /// The length and SHA-256 of the stream inside, found without this package.
  static func state(_ name: String) throws -> (length: Int, digest: String) {
    let line = try #require(
      try Fixture.lines("containers/states.txt").first { $0.hasPrefix(name + " ") })
    let words = line.split(separator: " ")
    return (try #require(Int(words[1])), String(words[2]))
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try Fixture.stream("containers/" + name)
  }
}

/// Reads a channel in order to its end.
func readWhole(_ channel: any ByteChannel, piece: Int = 4096) throws -> [UInt8] {
  var result: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: piece)
  while true {
    let count = try buffer.withUnsafeMutableBytes { try channel.read(into: $0) }
    if count == 0 { return result }
    result += buffer.prefix(count)
  }
}

/// The digest as hexadecimal digits.
func sha256(_ bytes: [UInt8]) -> String {
  var sum = SHA256()
  bytes.withUnsafeBytes { sum.update($0) }
  return hexText(sum.digest)
}

/// Opens bytes as a file would be opened.
func openState(
  _ bytes: [UInt8], _ options: StateFile.Options = StateFile.Options()
) throws -> OpenedState {
  try StateFile.open(MemoryChannel(bytes), name: "test", options)
}

/// Bytes that only come in order, as from a pipe.
final class InOrderChannel: ByteChannel {
  private let source: MemoryChannel
  init(_ bytes: [UInt8]) { source = MemoryChannel(bytes) }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(777)))
  }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}
