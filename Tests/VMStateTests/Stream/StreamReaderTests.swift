import TestSupport
import Testing
import VMState

@Suite struct StreamReaderTests {
  private let bytes = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })

  @Test func readsValuesThatArriveByteByByte() throws {
    var reader = StreamReader(
      OneByteChannel(hex("A1 FFFE 01020304 8000000000000000 03 72616D")))
    #expect(try reader.get(UInt8.self) == 0xA1)
    #expect(try reader.get(Int16.self) == -2)
    #expect(try reader.get(UInt32.self) == 0x0102_0304)
    #expect(try reader.get(Int64.self) == .min)
    #expect(try reader.getCountedString() == "ram")
    #expect(reader.position == 19)
  }

  @Test func throwsAtTheEndInsteadOfGivingZeros() {
    for cut in 0..<8 {
      var reader = StreamReader(MemoryChannel([UInt8](repeating: 9, count: cut)))
      let error = failure { () throws(VMStateError) in try reader.get(UInt64.self) }
      #expect(error?.code == .endOfStream)
      #expect(error?.offset == UInt64(cut), "where the missing byte should be")
      #expect(error?.expected == "\(8 - cut) more bytes")
    }
  }

  @Test func keepsTheFirstErrorForLaterReads() {
    var reader = StreamReader(MemoryChannel([1, 2, 3]))
    _ = failure { () throws(VMStateError) in try reader.get(UInt32.self) }
    reader.fail(VMStateError(.hookFailed, "later"))
    let error = failure { () throws(VMStateError) in try reader.peek(1).count }
    #expect(error?.code == .endOfStream)
    #expect(error?.offset == 3)
    #expect(
      failure { () throws(VMStateError) in try reader.skip(1) }?.code == .endOfStream)
  }

  @Test(arguments: [0, 1, 5, 32768, 70_000])
  func givesAChannelErrorTheOffsetOfTheByteThatDidNotCome(limit: Int) {
    var reader = StreamReader(FailingChannel(after: limit, bytes))
    let error = failure { () throws(VMStateError) in try reader.skip(100_000) }
    #expect(error?.code == .channelFailed)
    #expect(error?.offset == UInt64(limit))
  }

  @Test func givesTheOffsetAlsoWhenReadingStraightIntoPlace() {
    var reader = StreamReader(FailingChannel(after: 70_000, bytes))
    var target = [UInt8](repeating: 0, count: 100_000)
    let error = target.withUnsafeMutableBytes { target in
      failure { () throws(VMStateError) in
        try reader.read(into: target.baseAddress!, count: target.count)
      }
    }
    #expect(error?.offset == 70_000)
    #expect(target.prefix(70_000) == bytes.prefix(70_000))
  }

  @Test func peeksWithoutConsumingAndStopsAtTheEndWithoutAnError() throws {
    var reader = StreamReader(OneByteChannel(hex("050607")))
    #expect(try Array(reader.peek(2)) == [5, 6])
    #expect(try Array(reader.peek(100)) == [5, 6, 7])
    #expect(try reader.peekByte() == 5)
    #expect(try reader.peekByte(at: 2) == 7)
    #expect(try reader.peekByte(at: 3) == nil)
    #expect(reader.position == 0)
    #expect(reader.error == nil)
    try reader.skip(3)
    #expect(try reader.peekByte() == nil)
    #expect(try reader.peek(4).isEmpty)
    #expect(reader.position == 3)
  }

  @Test func peeksTheWholeBufferFromAnyPosition() throws {
    var reader = StreamReader(MemoryChannel(bytes))
    for start in [0, 1, 32767, 32768, 50_000] {
      try reader.skip(UInt64(start) - reader.position)
      let seen = try Array(reader.peek(32768))
      #expect(seen == Array(bytes[start..<start + 32768]))
      #expect(reader.position == UInt64(start))
    }
  }

  @Test(arguments: [1, 4096, 32768, 32769, 65535, 65536, 90_000])
  func readsRunsOfAnyLengthIntoPlace(count: Int) throws {
    var reader = StreamReader(MemoryChannel(bytes), offset: 500)
    _ = try reader.get(UInt8.self)
    var target = [UInt8](repeating: 0, count: count)
    try target.withUnsafeMutableBytes { target in
      try reader.read(into: target.baseAddress!, count: count)
    }
    #expect(target == Array(bytes[1..<1 + count]))
    #expect(reader.position == UInt64(501 + count))
    #expect(try reader.get(UInt8.self) == bytes[1 + count])
  }

  @Test func readsNothingBeyondWhatIsAskedForInALongRun() throws {
    let channel = MemoryChannel(bytes)
    var reader = StreamReader(channel)
    var target = [UInt8](repeating: 0, count: 65536)
    try target.withUnsafeMutableBytes { target in
      try reader.read(into: target.baseAddress!, count: 65536)
    }
    #expect(try readSome(4, from: channel) == Array(bytes[65536..<65540]))
  }

  @Test func refusesALengthAboveTheLimitBeforeItAllocates() {
    var reader = StreamReader(MemoryChannel(bytes))
    let error = failure { () throws(VMStateError) in
      try reader.getBytes(.max, limit: 1000)
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.found == "\(Int.max)")
  }

  @Test func readsLongByteRunsAndReportsTheirEnd() throws {
    var reader = StreamReader(MemoryChannel(bytes))
    #expect(try reader.getBytes(99_000, limit: 100_000) == Array(bytes[..<99_000]))
    let error = failure { () throws(VMStateError) in
      try reader.getBytes(2000, limit: 100_000)
    }
    #expect(error?.code == .endOfStream)
    #expect(error?.offset == 100_000)
  }

  @Test func makesNamesThatAreNotUTF8MatchNothing() throws {
    var reader = StreamReader(MemoryChannel(hex("02 C328")))
    #expect(try reader.getCountedString() == "\u{FFFD}(")
  }

  @Test func readsMemoryInPlace() throws {
    try bytes.withUnsafeBytes { memory in
      var reader = StreamReader(over: memory, offset: 10)
      try reader.skip(99_999)
      #expect(reader.position == 100_009)
      #expect(try reader.get(UInt8.self) == memory[99_999])
      let error = failure { () throws(VMStateError) in try reader.get(UInt8.self) }
      #expect(error?.offset == 100_010)
    }
  }

  @Test func goesOnAtAnotherPosition() throws {
    let folder = TemporaryFolder()
    folder.write(bytes, to: "state")
    let file = try FileChannel(reading: folder("state"))
    for channel in [file, MemoryChannel(bytes)] as [any ByteChannel] {
      var reader = StreamReader(channel)
      _ = try reader.get(UInt32.self)
      for place in [90_000, 17, 50_000] as [UInt64] {
        try reader.seek(to: place)
        #expect(reader.position == place)
        #expect(try reader.get(UInt8.self) == bytes[Int(place)])
      }
      try reader.seek(to: 100_000)
      #expect(try reader.peekByte() == nil, "the end, and no file that became shorter")
      try reader.seek(to: 200_000)
      let error = failure { () throws(VMStateError) in try reader.get(UInt8.self) }
      #expect(error?.code == .endOfStream)
      #expect(error?.offset == 200_000)
    }
    bytes.withUnsafeBytes { memory in
      var reader = StreamReader(over: memory)
      let error = failure { () throws(VMStateError) in try reader.seek(to: 0) }
      #expect(error?.code == .unsupported)
    }
  }

  @Test func agreesWithTheWriterOnRandomValuesOverAOneByteChannel() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let values = (0..<2000).map { _ in random.next() }
    let channel = OneByteChannel()
    var writer = StreamWriter(channel)
    for value in values { put(value, into: &writer) }
    try writer.flush()
    var reader = StreamReader(OneByteChannel(channel.inner.bytes))
    for value in values { #expect(try isNext(value, in: &reader), "seed \(seed)") }
    #expect(reader.position == writer.position)
    #expect(try reader.peekByte() == nil)
  }

  private func put(_ value: UInt64, into writer: inout StreamWriter) {
    switch value % 4 {
    case 0: writer.put(value)
    case 1: writer.put(UInt32(truncatingIfNeeded: value))
    case 2: writer.put(UInt16(truncatingIfNeeded: value))
    default: writer.put(counted: String(value))
    }
  }

  private func isNext(_ value: UInt64, in reader: inout StreamReader) throws -> Bool {
    switch value % 4 {
    case 0: try reader.get(UInt64.self) == value
    case 1: try reader.get(UInt32.self) == UInt32(truncatingIfNeeded: value)
    case 2: try reader.get(UInt16.self) == UInt16(truncatingIfNeeded: value)
    default: try reader.getCountedString() == String(value)
    }
  }
}
