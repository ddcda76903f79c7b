import TestSupport
import Testing
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Descriptors that come with a stream which is refused.
@Suite struct HostileDescriptorTests {
  final class Device {
    struct State { var file: Int32 = -1 }
    var state = State()
  }

  /// Sends the write end of a pipe in a section, then `rest`, to a machine that loads.
  private func load(_ rest: [UInt8]) throws -> (device: Device, isPipeOpen: Bool) {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let (source, target) = try SocketChannel.makePair()
    var writer = StreamWriter(source)
    writer.put(
      bytes: hex("5145564D 00000003 07 00000004 6E6F6E65 04 00000009 03") + ascii("dev")
        + hex("00000000 00000000"))
    writer.put(descriptor: ends[1])
    writer.put(bytes: rest)
    try writer.flush()
    close(ends[1])
    try source.close()

    let device = Device()
    let registry = SaveStateRegistry()
    try registry.register(
      device, \.state,
      VMStateDescription("dev", fields: [.fileDescriptor("file", \.file)]), instance: .given(0))
    let loader = StateLoader(registry: registry, machine: TestMachine(), options: .none())
    _ = failure { try loader.load(from: target) }
    // A pipe that nobody can write to any more is at its end.
    var poll = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    #expect(systemPoll(&poll) >= 0)
    return (device, poll.revents & Int16(POLLHUP) == 0)
  }

  private func systemPoll(_ list: inout pollfd) -> Int32 { poll(&list, 1, 0) }

  @Test func aRefusedStreamLeavesNoDescriptorOpen() throws {
    let (device, isPipeOpen) = try load(hex("7E 00000008"))
    #expect(device.state.file == -1)
    #expect(!isPipeOpen)
  }

  @Test func anAcceptedStreamsDescriptorBelongsToTheDevice() throws {
    let (device, isPipeOpen) = try load(hex("7E 00000009 00 06 00000002 7B7D"))
    #expect(device.state.file >= 0)
    #expect(isPipeOpen)
    close(device.state.file)
  }
}
