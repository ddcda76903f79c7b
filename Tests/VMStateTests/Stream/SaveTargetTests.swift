import TestSupport
import Testing
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a save does at paths that are no plain files.
@Suite struct SaveTargetTests {
  private let folder = TemporaryFolder()

  private func save(_ bytes: [UInt8], to path: String) throws(VMStateError) {
    let channel = try AtomicFileChannel(savingTo: path)
    try writeAll(bytes, to: channel)
    try channel.close()
  }

  private func isLink(_ name: String) -> Bool {
    var status = stat()
    return lstat(folder(name), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  @Test func replacesTheTargetOfALinkAndNotTheLink() throws {
    #expect(mkdir(folder("deep"), 0o700) == 0)
    folder.write([1], to: "deep/state")
    #expect(symlink("deep/state", folder("relative")) == 0)
    #expect(symlink(folder("relative"), folder("absolute")) == 0)
    try save([2], to: folder("relative"))
    #expect(folder.content("deep/state") == [2])
    try save([3], to: folder("absolute"))
    #expect(folder.content("deep/state") == [3])
    #expect(isLink("relative") && isLink("absolute"))
    #expect(folder.names == ["absolute", "deep", "relative"])
  }

  @Test func makesTheTargetOfADanglingLink() throws {
    #expect(symlink("state", folder("link")) == 0)
    try save([1], to: folder("link"))
    #expect(isLink("link"))
    #expect(folder.content("state") == [1])
  }

  @Test func refusesLinksInACircle() {
    #expect(symlink("b", folder("a")) == 0 && symlink("a", folder("b")) == 0)
    let error = failure { () throws(VMStateError) in try save([1], to: folder("a")) }
    #expect(error?.cause as? SystemError == SystemError(ELOOP))
    #expect(folder.names == ["a", "b"])
  }

  @Test func findsABareNameInTheWorkingFolder() throws {
    // The path has no slash; the name is one that no other test uses.
    let name = "vmstate-test-bare-\(getpid())"
    try save([9], to: name)
    let channel = try FileChannel(reading: "./" + name)
    #expect(try readSome(4, from: channel) == [9])
    unlink(name)
  }

  @Test func writesToAFIFODirectly() throws {
    #expect(mkfifo(folder("fifo"), 0o600) == 0)
    let path = folder("fifo")
    let isRight = ResultBox()
    let thread = TestThread {
      guard let channel = try? FileChannel(reading: path) else { return }
      var reader = StreamReader(channel)
      let bytes = try? reader.getBytes(200_000, limit: 200_000)
      isRight.set(bytes == [UInt8](repeating: 7, count: 200_000))
    }
    let channel = try AtomicFileChannel(savingTo: path)
    #expect(channel.capabilities == [.shutdown])
    var writer = StreamWriter(channel)
    writer.put(bytes: [UInt8](repeating: 7, count: 200_000))
    try writer.flush()
    try channel.close()
    thread.join()
    #expect(isRight.value)
    #expect(folder.names == ["fifo"])
  }

  @Test func writesToADeviceDirectly() throws {
    try save([1, 2, 3], to: "/dev/null")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    #if os(Linux)
      let error = failure { () throws(VMStateError) in try save([1], to: "/dev/full") }
      #expect(error?.cause as? SystemError == SystemError(ENOSPC))
    #endif
  }

  @Test func refusesPositionsOnWhatIsWrittenDirectly() throws {
    let channel = try AtomicFileChannel(savingTo: "/dev/null")
    let error = failure { () throws(VMStateError) in try writeAll([1], to: channel, at: 0) }
    #expect(error?.code == .unsupported)
  }
}
