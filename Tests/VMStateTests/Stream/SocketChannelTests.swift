import TestSupport
import Testing
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct SocketChannelTests {
  /// A pipe's read end that holds one byte.
  private func pipeHolding(_ byte: UInt8) -> Int32 {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0)
    var byte = byte
    precondition(write(ends[1], &byte, 1) == 1)
    close(ends[1])
    return ends[0]
  }

  private func byte(in descriptor: Int32?) -> UInt8? {
    guard let descriptor else { return nil }
    var byte: UInt8 = 0
    defer { close(descriptor) }
    return read(descriptor, &byte, 1) == 1 ? byte : nil
  }

  @Test func movesBytesBothWaysAndSeesTheEnd() throws {
    let (one, two) = try SocketChannel.makePair()
    #expect(one.capabilities == [.descriptors, .shutdown])
    try writeAll([1, 2], to: one)
    try writeAll([3], to: two)
    #expect(try readSome(9, from: two) == [1, 2])
    #expect(try readSome(9, from: one) == [3])
    try one.close()
    #expect(try readSome(9, from: two).isEmpty)
    let error = failure { () throws(VMStateError) in try writeAll([1], to: two) }
    #expect(error?.cause as? SystemError == SystemError(EPIPE))
  }

  @Test func refusesWhatIsNoSocket() {
    let number = pipeHolding(0)
    let error = failure { () throws(VMStateError) in try SocketChannel(number) }
    #expect(error?.cause as? SystemError == SystemError(ENOTSOCK))
    #expect(close(number) == 0, "it stays the caller's")
  }

  @Test func passesDescriptorsBetweenValuesInOrder() throws {
    let (one, two) = try SocketChannel.makePair()
    var writer = StreamWriter(one)
    writer.put(UInt32(0xAABB_CCDD))
    let passed = [pipeHolding(11), pipeHolding(22)]
    writer.put(descriptor: passed[0])
    writer.put(UInt16(0x1234))
    writer.put(descriptor: passed[1])
    writer.put(UInt8(9))
    #expect(writer.position == 9)
    try writer.flush()
    #expect(writer.counters.transferred == 9)
    passed.forEach { close($0) }
    var reader = StreamReader(two)
    #expect(try reader.get(UInt32.self) == 0xAABB_CCDD)
    #expect(try byte(in: reader.getDescriptor()) == 11)
    #expect(try reader.get(UInt16.self) == 0x1234)
    #expect(try byte(in: reader.getDescriptor()) == 22)
    #expect(try reader.get(UInt8.self) == 9)
    #expect(reader.position == 9)
  }

  @Test func sendsOneSpaceAlongWithADescriptor() throws {
    let (one, two) = try SocketChannel.makePair()
    let passed = pipeHolding(5)
    try one.send(descriptor: passed)
    close(passed)
    #expect(try readSome(9, from: two) == hex("20"))
    let received = try #require(two.takeDescriptor())
    #expect(fcntl(received, F_GETFD) & FD_CLOEXEC != 0)
    #expect(byte(in: received) == 5)
    #expect(two.takeDescriptor() == nil)
  }

  @Test func reportsAByteThatCameWithoutADescriptor() throws {
    let (one, two) = try SocketChannel.makePair()
    try writeAll(hex("20 07"), to: one)
    var reader = StreamReader(two)
    #expect(try reader.getDescriptor() == nil)
    #expect(try reader.get(UInt8.self) == 7)
  }

  @Test func refusesDescriptorsWhereTheChannelCannotPassThem() throws {
    var writer = StreamWriter(MemoryChannel())
    writer.put(UInt8(1))
    writer.put(descriptor: 0)
    #expect(writer.error?.code == .unsupported)
    #expect(writer.error?.offset == 1)
    var reader = StreamReader(MemoryChannel([0x20]))
    let error = failure { () throws(VMStateError) in try reader.getDescriptor() }
    #expect(error?.code == .unsupported)
    #expect(error?.offset == 0)
  }

  @Test func reportsADescriptorThatIsNotOpen() throws {
    let (one, _) = try SocketChannel.makePair()
    var writer = StreamWriter(one)
    writer.put(descriptor: -1)
    #expect(writer.error?.cause as? SystemError == SystemError(EBADF))
  }

  @Test func keepsABoundedNumberOfDescriptors() throws {
    let (one, two) = try SocketChannel.makePair()
    let passed = pipeHolding(1)
    for _ in 0..<SocketChannel.maximumDescriptors { try one.send(descriptor: passed) }
    for _ in 0..<SocketChannel.maximumDescriptors { #expect(try readSome(1, from: two) == [0x20]) }
    try one.send(descriptor: passed)
    close(passed)
    let error = failure { () throws(VMStateError) in try readSome(1, from: two) }
    #expect(error?.code == .limitExceeded)
    for _ in 0..<SocketChannel.maximumDescriptors {
      close(try #require(two.takeDescriptor()))
    }
    #expect(two.takeDescriptor() == nil)
  }

  @Test(arguments: [true, false])
  func closesDescriptorsThatNobodyTook(byClose: Bool) throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let receiver = try receive(ends[1], andClose: byClose)
    close(ends[1])
    // Once every write end is closed the pipe is at its end.
    let reader = try FileDescriptorChannel(ends[0], .owned)
    #expect(try readSome(1, from: reader).isEmpty)
    #expect((receiver == nil) == !byClose)
  }

  /// Sends a descriptor to a channel that leaves it; the channel is returned if it is closed
  /// rather than forgotten.
  private func receive(_ descriptor: Int32, andClose byClose: Bool) throws -> SocketChannel? {
    let (one, two) = try SocketChannel.makePair()
    try one.send(descriptor: descriptor)
    #expect(try readSome(1, from: two).count == 1)
    guard byClose else { return nil }
    try two.close()
    return two
  }

  @Test(arguments: [true, false])
  func wakesAReaderAndThePeerByAShutdown(ofPeer: Bool) throws {
    let (one, two) = try SocketChannel.makePair()
    let isWoken = ResultBox()
    let thread = TestThread {
      do throws(VMStateError) {
        isWoken.set(try readSome(1, from: one).isEmpty && ofPeer)
      } catch {
        isWoken.set(error.code == .channelFailed && !ofPeer)
      }
    }
    pause(milliseconds: 30)
    (ofPeer ? two : one).shutdown()
    thread.join()
    #expect(isWoken.value, "an error here, the end of the data at the peer")
  }

  @Test func wakesAWriterByAShutdown() throws {
    let (one, two) = try SocketChannel.makePair()
    let isWoken = ResultBox()
    let thread = TestThread {
      let block = [UInt8](repeating: 0, count: 1 << 20)
      let error = failure { () throws(VMStateError) in
        for _ in 0..<1000 { try writeAll(block, to: one) }
      }
      isWoken.set(error?.code == .channelFailed)
    }
    pause(milliseconds: 50)
    one.shutdown()
    thread.join()
    #expect(isWoken.value)
    try two.close()
  }

  @Test func waitsOnASocketThatWasGivenNonblocking() throws {
    var numbers: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &numbers) == 0)
    #expect(fcntl(numbers[0], F_SETFL, O_NONBLOCK) == 0)
    let waiting = try SocketChannel(numbers[0])
    let peer = try SocketChannel(numbers[1])
    let thread = TestThread {
      pause(milliseconds: 20)
      _ = try? writeAll([4], to: peer)
    }
    #expect(try readSome(1, from: waiting) == [4])
    thread.join()
  }

  @Test func connectsOverAPath() throws {
    let folder = TemporaryFolder()
    let listener = try SocketListener(at: folder("socket"))
    let path = folder("socket")
    let thread = TestThread {
      guard let channel = try? SocketChannel.connect(to: path) else { return }
      var writer = StreamWriter(channel)
      writer.put(UInt64(42))
      try? writer.flush()
      try? channel.close()
    }
    var reader = StreamReader(try listener.accept())
    #expect(try reader.get(UInt64.self) == 42)
    #expect(try reader.peekByte() == nil)
    thread.join()
    listener.close()
    #expect(folder.names.isEmpty)
    let error = failure { () throws(VMStateError) in try SocketChannel.connect(to: path) }
    #expect(error?.cause as? SystemError == SystemError(ENOENT))
  }

  @Test func wakesAListenerByAClose() throws {
    let folder = TemporaryFolder()
    let listener = try SocketListener(at: folder("socket"))
    let isWoken = ResultBox()
    let thread = TestThread {
      let error = failure { () throws(VMStateError) in try listener.accept() }
      isWoken.set(error?.code == .channelFailed)
    }
    pause(milliseconds: 30)
    listener.close()
    thread.join()
    #expect(isWoken.value)
  }

  @Test func refusesAPathThatIsTooLongOrTaken() throws {
    let folder = TemporaryFolder()
    let long = folder(String(repeating: "s", count: 110))
    for attempt in [long, folder.path] {
      let error = failure { () throws(VMStateError) in try SocketListener(at: attempt) }
      #expect(error?.code == .channelFailed)
    }
    let error = failure { () throws(VMStateError) in try SocketChannel.connect(to: long) }
    #expect(error?.cause as? SystemError == SystemError(ENAMETOOLONG))
  }
}
