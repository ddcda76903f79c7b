import TestSupport
import Testing
import VMState

@Suite struct StreamWriterTests {
  @Test func putsValuesBigEndianAndCountedStrings() throws {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    writer.put(UInt8(0xA1))
    writer.put(Int16(-2))
    writer.put(UInt32(0x0102_0304))
    writer.put(Int64.min)
    writer.put(counted: "ram")
    writer.put(zeros: 2)
    writer.put(bytes: hex("BEEF"))
    #expect(writer.position == 23)
    try writer.flush()
    #expect(
      channel.bytes == hex("A1 FFFE 01020304 8000000000000000 03 72616D 0000 BEEF"))
    #expect(writer.position == 23)
  }

  @Test func repeatsShortWritesInOrder() throws {
    let channel = OneByteChannel()
    var writer = StreamWriter(channel)
    let page = [UInt8](0...255)
    writer.put(UInt32(0xDEAD_BEEF))
    try page.withUnsafeBytes { page in
      writer.putSpan(page.baseAddress!, count: page.count)
      writer.put(UInt16(0x1234))
      try writer.flush()
    }
    #expect(channel.inner.bytes == hex("DEADBEEF") + page + hex("1234"))
    #expect(channel.callCount == 4 + 256 + 2)
  }

  @Test func countsPositionsAcrossFlushesAndWithoutAChannel() {
    for channel in [MemoryChannel(), nil] {
      var writer = StreamWriter(channel)
      let block = [UInt8](repeating: 7, count: 10_000)
      for round in 1...20 {
        writer.put(UInt8(1))
        writer.put(bytes: block)
        #expect(writer.position == UInt64(round * 10_001))
      }
      #expect(writer.error == nil)
    }
  }

  @Test func sendsAtMost256SpansInOneCallAndLosesNone() throws {
    let channel = RecordingChannel()
    var writer = StreamWriter(channel)
    let pages = [UInt8](repeating: 0x55, count: 400 * 16)
    try pages.withUnsafeBytes { pages in
      for index in 0..<400 {
        writer.put(UInt8(truncatingIfNeeded: index))
        writer.putSpan(pages.baseAddress! + index * 16, count: 16)
      }
      try writer.flush()
    }
    #expect(channel.writes.allSatisfy { $0.spans <= 256 })
    #expect(channel.writes.map(\.spans) == Array(repeating: 256, count: 3) + [32])
    var expected: [UInt8] = []
    for index in 0..<400 {
      expected.append(UInt8(truncatingIfNeeded: index))
      expected += [UInt8](repeating: 0x55, count: 16)
    }
    #expect(channel.inner.bytes == expected)
  }

  @Test func joinsSpansThatFollowInMemory() throws {
    let channel = RecordingChannel()
    var writer = StreamWriter(channel)
    let memory = [UInt8](repeating: 3, count: 4096 * 4)
    try memory.withUnsafeBytes { memory in
      for page in 0..<4 { writer.putSpan(memory.baseAddress! + page * 4096, count: 4096) }
      #expect(writer.position == 16384)
      try writer.flush()
    }
    #expect(channel.writes.map(\.spans) == [1])
    #expect(channel.inner.bytes == memory)
  }

  @Test func handsOnExactlyTheBufferWhenItIsFull() throws {
    let channel = RecordingChannel()
    var writer = StreamWriter(channel)
    for value in 0..<8192 { writer.put(UInt32(value)) }
    #expect(channel.writes.isEmpty)
    writer.put(UInt8(1))
    #expect(channel.writes.map(\.bytes) == [32768])
    _ = writer.reserve(32768)
    #expect(channel.writes.map(\.bytes) == [32768, 1])
  }

  @Test(arguments: [0, 1, 100, 32767, 32768, 40000, 65535])
  func latchesTheFirstErrorWithTheOffsetWhereTheChannelStopped(limit: Int) {
    let channel = FailingChannel(after: limit)
    var writer = StreamWriter(channel)
    for _ in 0..<16384 { writer.put(UInt32(0x0101_0101)) }
    let error = failure { () throws(VMStateError) in try writer.flush() }
    #expect(error?.code == .channelFailed)
    #expect(error?.offset == UInt64(limit))
    #expect(channel.inner.bytes.count == limit)
    writer.fail(VMStateError(.hookFailed, "a later error"))
    #expect(writer.error?.code == .channelFailed)
    let isExceeded = writer.isRateExceeded
    #expect(isExceeded)
  }

  @Test func goesOnCountingAfterAnError() {
    var writer = StreamWriter(FailingChannel(after: 10))
    var last: UInt64 = 0
    for _ in 0..<10 {
      writer.put(zeros: 20_000)
      #expect(writer.position == last + 20_000, "sizes are differences of positions")
      last = writer.position
    }
    #expect(writer.error?.offset == 10)
  }

  @Test func givesAnErrorOfAHookThePresentPosition() {
    var writer = StreamWriter(MemoryChannel())
    writer.put(UInt64(0))
    writer.fail(VMStateError(.hookFailed, "the hook said no"))
    #expect(writer.error?.offset == 8)
  }

  @Test func writesNothingMoreAfterAnError() {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    writer.put(UInt8(1))
    writer.fail(VMStateError(.hookFailed, "no"))
    #expect(failure { () throws(VMStateError) in try writer.flush() }?.code == .hookFailed)
    #expect(channel.bytes.isEmpty)
  }

  @Test func goesOnAtAnotherPosition() throws {
    let folder = TemporaryFolder()
    let file = try AtomicFileChannel(savingTo: folder("state"))
    for channel in [file, MemoryChannel()] as [any ByteChannel] {
      var writer = StreamWriter(channel)
      writer.put(UInt16(0x0102))
      try writer.seek(to: 5)
      #expect(writer.position == 5)
      writer.put(UInt8(0xFF))
      try writer.seek(to: 1)
      writer.put(UInt8(0xEE))
      try writer.flush()
      #expect(writer.position == 2)
    }
    try file.close()
    #expect(folder.content("state") == hex("01EE 000000 FF"))
    var writer = StreamWriter(try PipeChannel.makePair().writer, offset: 7)
    let error = failure { () throws(VMStateError) in try writer.seek(to: 0) }
    #expect(error?.code == .unsupported)
    #expect(error?.offset == 7)
  }

  @Test func laysSpansOutAsTheSystemDoes() {
    #expect(MemoryLayout<WriteSpan>.size == 2 * MemoryLayout<Int>.size)
    #expect(MemoryLayout<WriteSpan>.offset(of: \.base) == 0)
    #expect(MemoryLayout<WriteSpan>.offset(of: \.count) == MemoryLayout<Int>.size)
  }
}
