import TestSupport
import Testing
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct FileChannelTests {
  private let content = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 5) })

  @Test func readsAFileToItsEnd() throws {
    let folder = TemporaryFolder()
    folder.write(content, to: "state")
    let channel = try FileChannel(reading: folder("state"))
    #expect(channel.size == 100_000)
    var reader = StreamReader(channel)
    #expect(try reader.getBytes(100_000, limit: 100_000) == content)
    #expect(try reader.peekByte() == nil)
    #expect(try readSome(4, from: channel, at: 50_000) == Array(content[50_000..<50_004]))
    #expect(try readSome(4, from: channel, at: 100_000).isEmpty)
    #expect(try readSome(4, from: channel, at: .max).isEmpty)
    try channel.close()
    let error = failure { () throws(VMStateError) in try readSome(1, from: channel) }
    #expect(error?.code == .channelFailed)
  }

  @Test func reportsAFileThatGetsShorter() throws {
    let folder = TemporaryFolder()
    folder.write(content, to: "state")
    let channel = try FileChannel(reading: folder("state"))
    var reader = StreamReader(channel)
    _ = try reader.get(UInt64.self)
    #expect(truncate(folder("state"), 40_000) == 0)
    let error = failure { () throws(VMStateError) in try reader.skip(99_992) }
    #expect(error?.code == .fileTruncated)
    #expect(error?.offset == 40_000)
    #expect(error?.expected == "100000 bytes")
    #expect(error?.found == "40000")
    let atPosition = failure { () throws(VMStateError) in
      try readSome(1, from: channel, at: 70_000)
    }
    #expect(atPosition?.code == .fileTruncated)
  }

  @Test func followsAFileThatGrows() throws {
    let folder = TemporaryFolder()
    folder.write([1], to: "state")
    let channel = try FileChannel(reading: folder("state"))
    #expect(try readSome(9, from: channel) == [1])
    #expect(try readSome(9, from: channel).isEmpty)
    folder.write([1, 2], to: "state")
    #expect(try readSome(9, from: channel) == [2])
  }

  @Test func readsAFIFOAndADevice() throws {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder("fifo"), 0o600) == 0)
    let path = folder("fifo")
    let thread = TestThread {
      let number = open(path, O_WRONLY)
      _ = write(number, "fifo", 4)
      close(number)
    }
    let channel = try FileChannel(reading: path)
    var reader = StreamReader(channel)
    #expect(try reader.getBytes(4, limit: 4) == Array("fifo".utf8))
    #expect(try reader.peekByte() == nil)
    #expect(channel.size == nil)
    thread.join()
    #expect(
      try readSome(8, from: FileChannel(reading: "/dev/zero")) == [UInt8](repeating: 0, count: 8))
    #expect(try readSome(8, from: FileChannel(reading: "/dev/null")).isEmpty)
  }

  @Test func refusesWhatCannotBeRead() throws {
    let folder = TemporaryFolder()
    let cases: [(String, Int32)] = [
      (folder("missing"), ENOENT), (folder.path, EISDIR), ("", ENOENT),
      (folder("with\0zero"), EINVAL),
    ]
    for (path, number) in cases {
      let error = failure { () throws(VMStateError) in try FileChannel(reading: path) }
      #expect(error?.code == .channelFailed)
      #expect(error?.cause as? SystemError == SystemError(number))
    }
    folder.write([1], to: "state")
    let channel = try FileChannel(reading: folder("state"))
    #expect(
      failure { () throws(VMStateError) in try writeAll([1], to: channel) }?.code
        == .unsupported)
    #expect(folder.content("state") == [1])
  }

  @Test func explainsTheErrorNumber() {
    let error = failure { () throws(VMStateError) in try FileChannel(reading: "/no/such") }
    #expect(error?.description == "cannot open /no/such: No such file or directory")
  }
}
