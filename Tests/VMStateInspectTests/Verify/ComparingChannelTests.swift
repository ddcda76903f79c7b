import TestSupport
import Testing
import VMState

@testable import VMStateInspect

/// Bytes written beside an original.
@Suite struct ComparingChannelTests {
  private func write(_ bytes: [UInt8], to channel: ComparingChannel) throws {
    try bytes.withUnsafeBytes { raw in
      let span = WriteSpan(base: raw.baseAddress!, count: raw.count)
      try withUnsafePointer(to: span) {
        let count = try channel.write(UnsafeBufferPointer(start: $0, count: 1))
        #expect(count == raw.count)
      }
    }
  }

  @Test func findsTheFirstByteWhereverItIs() throws {
    // Longer than the window, in pieces of odd sizes.
    let original = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for place in [0, 1, 63, 64, 65, 262_143, 262_144, 299_999] {
      var bytes = original
      bytes[place] ^= 1
      let channel = ComparingChannel(with: MemoryChannel(original))
      for first in stride(from: 0, to: bytes.count, by: 77_777) {
        try write(Array(bytes[first..<min(bytes.count, first + 77_777)]), to: channel)
      }
      #expect(channel.difference?.offset == UInt64(place))
      #expect(channel.difference?.expected == original[place])
    }
  }

  @Test func followsJumps() throws {
    let original = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
    let channel = ComparingChannel(with: MemoryChannel(original))
    try channel.seek(to: 9000)
    try write(Array(original[9000..<9100]), to: channel)
    try channel.seek(to: 100)
    try write(Array(original[100..<300]), to: channel)
    #expect(channel.difference == nil)
    #expect(channel.end == 9100)
    try channel.seek(to: 9999)
    try write([original[9999], 5], to: channel)
    #expect(channel.difference?.offset == 10_000)
    #expect(channel.difference?.expected == nil)
  }
}
