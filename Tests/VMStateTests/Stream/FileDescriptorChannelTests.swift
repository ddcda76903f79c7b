import Synchronization
import TestSupport
import Testing
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let signalCount = Atomic<Int>(0)

@Suite struct FileDescriptorChannelTests {
  /// A pipe whose ends stay the test's.
  private func borrowedPipe() throws -> (
    numbers: [Int32], reader: FileDescriptorChannel, writer: FileDescriptorChannel
  ) {
    var numbers: [Int32] = [-1, -1]
    #expect(pipe(&numbers) == 0)
    return (
      numbers, try FileDescriptorChannel(numbers[0], .borrowed),
      try FileDescriptorChannel(numbers[1], .borrowed)
    )
  }

  @Test func refusesADescriptorThatIsNotOpen() {
    let error = failure { () throws(VMStateError) in try FileDescriptorChannel(-1, .owned) }
    #expect(error?.code == .channelFailed)
    #expect(error?.cause as? SystemError == SystemError(EBADF))
  }

  @Test func closesWhatItOwnsAndLeavesWhatItBorrows() throws {
    for ownership in [DescriptorOwnership.owned, .borrowed] {
      var numbers: [Int32] = [-1, -1]
      #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &numbers) == 0)
      let channel = try FileDescriptorChannel(numbers[0], ownership)
      try channel.close()
      try channel.close()
      // The other end tells whether the file is closed; a number may be in use again.
      let other = try FileDescriptorChannel(numbers[1], .owned)
      if ownership == .owned {
        #expect(try readSome(1, from: other).isEmpty)
      } else {
        #expect(write(numbers[0], "x", 1) == 1)
        #expect(try readSome(1, from: other) == Array("x".utf8))
        close(numbers[0])
      }
    }
  }

  @Test func leavesABorrowedFileBlocking() throws {
    let pipe = try borrowedPipe()
    try writeAll([1], to: pipe.writer)
    #expect(try readSome(1, from: pipe.reader) == [1])
    for number in pipe.numbers { #expect(fcntl(number, F_GETFL) & O_NONBLOCK == 0) }
    pipe.numbers.forEach { close($0) }
  }

  @Test func movesMoreThanAPipeHolds() throws {
    let pair = try PipeChannel.makePair()
    try transfer(from: pair.writer, to: pair.reader, finish: { try? pair.writer.close() })
    let borrowed = try borrowedPipe()
    let writer = borrowed.numbers[1]
    try transfer(from: borrowed.writer, to: borrowed.reader, finish: { close(writer) })
    close(borrowed.numbers[0])
  }

  private func transfer(
    from source: FileDescriptorChannel, to target: FileDescriptorChannel,
    finish: @escaping @Sendable () -> Void
  ) throws {
    let block = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) })
    let thread = TestThread {
      var writer = StreamWriter(source)
      writer.put(bytes: block)
      try? writer.flush()
      finish()
    }
    var reader = StreamReader(target)
    #expect(try reader.getBytes(block.count, limit: block.count) == block)
    #expect(try reader.peekByte() == nil, "a closed pipe is the end")
    thread.join()
  }

  @Test func reportsABrokenPipeAsAnErrorAndSurvivesIt() throws {
    // With this the signal would end the process.
    signal(SIGPIPE, SIG_DFL)
    let pair = try PipeChannel.makePair()
    try pair.reader.close()
    let writer = pair.writer
    let failures = Counter()
    let isCalm = ResultBox()
    let thread = TestThread {
      allow(SIGPIPE)
      for _ in 0..<3 {
        let error = failure { () throws(VMStateError) in try writeAll([1], to: writer) }
        if error?.cause as? SystemError == SystemError(EPIPE) { failures.next() }
      }
      var pending = sigset_t()
      sigpending(&pending)
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      isCalm.set(
        sigismember(&pending, SIGPIPE) == 0 && sigismember(&mask, SIGPIPE) == 0)
    }
    thread.join()
    #expect(failures.count == 3)
    #expect(isCalm.value, "the signal was taken away and the thread's mask is as before")
  }

  @Test func keepsASignalThatWaitedBeforeTheWrite() throws {
    let pair = try PipeChannel.makePair()
    try pair.reader.close()
    let writer = pair.writer
    let isKept = ResultBox()
    let thread = TestThread {
      var pipeOnly = sigset_t()
      sigemptyset(&pipeOnly)
      sigaddset(&pipeOnly, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &pipeOnly, nil)
      pthread_kill(pthread_self(), SIGPIPE)
      _ = failure { () throws(VMStateError) in try writeAll([1], to: writer) }
      var pending = sigset_t()
      sigpending(&pending)
      isKept.set(sigismember(&pending, SIGPIPE) == 1)
      var taken: Int32 = 0
      if isKept.value { sigwait(&pipeOnly, &taken) }
    }
    thread.join()
    #expect(isKept.value)
  }

  @Test(arguments: [true, false])
  func wakesAReaderByAShutdown(isOwned: Bool) throws {
    let owned = try PipeChannel.makePair()
    let borrowed = try borrowedPipe()
    let reader = isOwned ? owned.reader : borrowed.reader
    let woken = ResultBox()
    let thread = TestThread {
      let error = failure { () throws(VMStateError) in try readSome(1, from: reader) }
      woken.set(error?.code == .channelFailed)
    }
    pause(milliseconds: 30)
    reader.shutdown()
    thread.join()
    #expect(woken.value)
    let later = failure { () throws(VMStateError) in try readSome(1, from: reader) }
    #expect(later?.code == .channelFailed)
    borrowed.numbers.forEach { close($0) }
  }

  @Test(arguments: [true, false])
  func wakesAWriterToAFullPipeByAShutdown(isOwned: Bool) throws {
    let owned = try PipeChannel.makePair()
    let borrowed = try borrowedPipe()
    let writer = isOwned ? owned.writer : borrowed.writer
    let woken = ResultBox()
    let thread = TestThread {
      let block = [UInt8](repeating: 0, count: 1 << 20)
      let error = failure { () throws(VMStateError) in
        for _ in 0..<1000 { try writeAll(block, to: writer) }
      }
      woken.set(error?.code == .channelFailed)
    }
    pause(milliseconds: 50)
    writer.shutdown()
    thread.join()
    #expect(woken.value)
    borrowed.numbers.forEach { close($0) }
  }

  @Test func wakesAReaderByAClose() throws {
    let pair = try PipeChannel.makePair()
    let reader = pair.reader
    let woken = ResultBox()
    let thread = TestThread {
      let error = failure { () throws(VMStateError) in try readSome(1, from: reader) }
      woken.set(error?.code == .channelFailed)
    }
    pause(milliseconds: 30)
    try reader.close()
    thread.join()
    #expect(woken.value)
    // The descriptor went with the last call: the writer has no reader any more.
    let error = failure { () throws(VMStateError) in try writeAll([1], to: pair.writer) }
    #expect(error?.cause as? SystemError == SystemError(EPIPE))
  }

  @Test func repeatsInterruptedCalls() throws {
    var action = sigaction()
    #if canImport(Glibc)
      action.__sigaction_handler.sa_handler = { _ in signalCount.add(1, ordering: .relaxed) }
    #else
      action.__sigaction_u.__sa_handler = { _ in signalCount.add(1, ordering: .relaxed) }
    #endif
    // Without SA_RESTART the system does not repeat by itself.
    #expect(sigaction(SIGUSR2, &action, nil) == 0)
    let pipe = try PipeChannel.makePair()
    let sockets = try SocketChannel.makePair()
    try interrupt(reader: pipe.reader, writer: pipe.writer)
    try interrupt(reader: sockets.0, writer: sockets.1)
  }

  private func interrupt(reader: any ByteChannel, writer: any ByteChannel) throws {
    let before = signalCount.load(ordering: .relaxed)
    let got = ResultBox()
    let thread = TestThread {
      allow(SIGUSR2)
      var stream = StreamReader(reader)
      got.set((try? stream.get(UInt32.self)) == 0x0102_0304)
    }
    for byte: UInt8 in 1...4 {
      for _ in 0..<5 {
        pause(milliseconds: 2)
        thread.signal(SIGUSR2)
      }
      _ = try writeAll([byte], to: writer)
    }
    thread.join()
    #expect(got.value)
    #expect(signalCount.load(ordering: .relaxed) > before)
  }

  @Test func readsARegularFileFromWhereItStands() throws {
    let folder = TemporaryFolder()
    folder.write(hex("01020304"), to: "file")
    let number = open(folder("file"), O_RDWR)
    lseek(number, 1, SEEK_SET)
    let channel = try FileDescriptorChannel(number, .owned)
    #expect(channel.capabilities == [.positioned, .shutdown])
    #expect(try readSome(2, from: channel) == hex("0203"))
    try writeAll(hex("FFFF"), to: channel, at: 5)
    #expect(channel.size == 7)
    #expect(try readSome(9, from: channel, at: 0) == hex("01020304 00 FFFF"))
    #expect(try readSome(9, from: channel) == hex("04 00 FFFF"))
    #expect(try readSome(9, from: channel).isEmpty)
  }

  @Test func refusesPositionsOnAPipe() throws {
    let pair = try PipeChannel.makePair()
    #expect(pair.reader.capabilities == [.shutdown])
    #expect(pair.reader.size == nil)
    let error = failure { () throws(VMStateError) in try readSome(1, from: pair.reader, at: 0) }
    #expect(error?.code == .unsupported)
  }
}

/// Lets a signal through to this thread, whatever mask it was started with.
private func allow(_ number: Int32) {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, number)
  pthread_sigmask(SIG_UNBLOCK, &set, nil)
}

/// A truth that a thread leaves behind.
final class ResultBox: Sendable {
  private let box = Atomic<Bool>(false)
  var value: Bool { box.load(ordering: .acquiring) }
  func set(_ value: Bool) { box.store(value, ordering: .releasing) }
}
