import TestSupport
import Testing
import VMState

@Suite struct MemoryChannelTests {
  @Test func readsBackWhatWasWritten() throws {
    let channel = MemoryChannel(hex("01"))
    try writeAll(hex("0203"), to: channel)
    #expect(try readSome(2, from: channel) == hex("0102"))
    #expect(try readSome(2, from: channel) == hex("03"))
    #expect(try readSome(2, from: channel).isEmpty)
    #expect(channel.size == 3)
  }

  @Test func readsAndWritesAtPositions() throws {
    let channel = MemoryChannel(hex("010203"))
    try writeAll(hex("AABB"), to: channel, at: 2)
    try writeAll(hex("CC"), to: channel, at: 6)
    #expect(channel.bytes == hex("0102 AABB 0000 CC"))
    #expect(try readSome(9, from: channel, at: 3) == hex("BB 0000 CC"))
    #expect(try readSome(1, from: channel, at: 7).isEmpty)
    #expect(try readSome(1, from: channel, at: .max).isEmpty)
    #expect(try readSome(1, from: channel) == hex("01"), "positions are apart")
  }

  @Test func refusesPositionsBeyondTheAddressSpace() {
    let channel = MemoryChannel()
    let error = failure { () throws(VMStateError) in
      try writeAll([1], to: channel, at: .max)
    }
    #expect(error?.code == .channelFailed)
    #expect(channel.bytes.isEmpty)
  }

  @Test func failsEveryCallAfterAShutdown() {
    let channel = MemoryChannel([1])
    channel.shutdown()
    let errors = [
      failure { () throws(VMStateError) in try readSome(1, from: channel) },
      failure { () throws(VMStateError) in try writeAll([1], to: channel) },
      failure { () throws(VMStateError) in try readSome(1, from: channel, at: 0) },
      failure { () throws(VMStateError) in try writeAll([1], to: channel, at: 0) },
    ]
    #expect(errors.map { $0?.code } == Array(repeating: .channelFailed, count: 4))
    #expect(channel.bytes == [1])
  }

  @Test func passesNoDescriptors() {
    let channel = MemoryChannel()
    #expect(
      failure { () throws(VMStateError) in try channel.send(descriptor: 0) }?.code
        == .unsupported)
    #expect(channel.takeDescriptor() == nil)
  }
}
