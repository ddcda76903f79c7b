import Synchronization
import TestSupport
import Testing
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct AtomicFileChannelTests {
  private let old = Array("the old state".utf8)
  private let new = Array("the new state, somewhat longer".utf8)
  private let folder = TemporaryFolder()

  private func save(_ bytes: [UInt8], to name: String) throws(VMStateError) {
    let channel = try AtomicFileChannel(savingTo: folder(name))
    try writeAll(bytes, to: channel)
    try channel.close()
  }

  // MARK: - Good ends

  @Test func makesANewFileThatOthersCannotRead() throws {
    try save(new, to: "state")
    #expect(folder.content("state") == new)
    #expect(folder.mode("state") == 0o600)
    #expect(folder.names == ["state"])
  }

  @Test func replacesAFileAndKeepsItsMode() throws {
    folder.write(old, to: "state", mode: 0o640)
    let channel = try AtomicFileChannel(savingTo: folder("state"))
    try writeAll(new, to: channel)
    #expect(folder.content("state") == old, "before the commit")
    #expect(folder.names.count == 2)
    try channel.close()
    #expect(folder.content("state") == new)
    #expect(folder.mode("state") == 0o640)
    #expect(folder.names == ["state"])
    try channel.close()
  }

  @Test func writesAtPositions() throws {
    let channel = try AtomicFileChannel(savingTo: folder("state"))
    #expect(channel.capabilities == [.positioned, .shutdown])
    try writeAll(hex("0102"), to: channel)
    try writeAll(hex("FF"), to: channel, at: 4)
    #expect(channel.size == 5)
    try channel.close()
    #expect(folder.content("state") == hex("0102 0000 FF"))
  }

  @Test func givesTheOldFileToThoseWhoHaveItOpen() throws {
    folder.write(old, to: "state")
    let reader = try FileChannel(reading: folder("state"))
    try save(new, to: "state")
    #expect(try readSome(100, from: reader) == old)
  }

  // MARK: - Bad ends

  @Test func leavesTheOldFileWhenGivenUpOrForgotten() throws {
    folder.write(old, to: "state")
    let channel = try AtomicFileChannel(savingTo: folder("state"))
    try writeAll(new, to: channel)
    channel.abort()
    #expect(folder.names == ["state"])
    try channel.close()
    do {
      let forgotten = try AtomicFileChannel(savingTo: folder("state"))
      try writeAll(new, to: forgotten)
      #expect(folder.names.count == 2)
    }
    #expect(folder.names == ["state"])
    #expect(folder.content("state") == old)
  }

  @Test func refusesToCommitAfterAFailedWrite() throws {
    folder.write(old, to: "state")
    for failing in 1...3 {
      let counter = Counter()
      var calls = FileCalls()
      calls.writeFault = { counter.next() == failing ? ENOSPC : 0 }
      let channel = try AtomicFileChannel(savingTo: folder("state"), calls: calls)
      var failures = 0
      for _ in 1...3 {
        let error = failure { () throws(VMStateError) in try writeAll(new, to: channel) }
        if error != nil { failures += 1 }
      }
      #expect(failures == 1)
      let error = failure { () throws(VMStateError) in try channel.close() }
      #expect(error?.code == .channelFailed)
      #expect(folder.content("state") == old)
      #expect(folder.names == ["state"])
    }
  }

  @Test func refusesToCommitAfterAShutdown() throws {
    folder.write(old, to: "state")
    let channel = try AtomicFileChannel(savingTo: folder("state"))
    try writeAll(new, to: channel)
    channel.shutdown()
    let error = failure { () throws(VMStateError) in try channel.close() }
    #expect(error?.code == .channelFailed)
    #expect(folder.content("state") == old)
    #expect(folder.names == ["state"])
  }

  @Test func leavesTheOldFileWhenTheDiskRefusesTheContent() throws {
    folder.write(old, to: "state")
    var calls = FileCalls()
    calls.sync = { _ in -Int(EIO) }
    try expectFailedCommit(calls, EIO)
  }

  @Test func leavesTheOldFileWhenTheRenamingFails() throws {
    folder.write(old, to: "state")
    var calls = FileCalls()
    calls.rename = { _, _, _ in -Int(EROFS) }
    try expectFailedCommit(calls, EROFS)
  }

  private func expectFailedCommit(_ calls: FileCalls, _ number: Int32) throws {
    let channel = try AtomicFileChannel(savingTo: folder("state"), calls: calls)
    try writeAll(new, to: channel)
    let error = failure { () throws(VMStateError) in try channel.close() }
    #expect(error?.code == .channelFailed)
    let cause = error?.cause as? VMStateError
    #expect(cause?.cause as? SystemError == SystemError(number))
    #expect(folder.content("state") == old)
    #expect(folder.names == ["state"])
  }

  @Test func saysSoWhenOnlyTheFolderDidNotReachTheDisk() throws {
    folder.write(old, to: "state")
    let counter = Counter()
    var calls = FileCalls()
    calls.sync = { _ in counter.next() == 2 ? -Int(EIO) : 0 }
    let channel = try AtomicFileChannel(savingTo: folder("state"), calls: calls)
    try writeAll(new, to: channel)
    let error = failure { () throws(VMStateError) in try channel.close() }
    #expect(error?.message.contains("is complete") == true)
    #expect(folder.content("state") == new)
    #expect(folder.names == ["state"])
  }

  @Test func syncsTheContentBeforeTheRenamingAndTheFolderAfterIt() throws {
    folder.write(old, to: "state")
    let log = StepLog()
    var calls = FileCalls()
    let real = FileCalls()
    calls.sync = { number in
      var status = stat()
      fstat(number, &status)
      log.add(status.st_mode & S_IFMT == S_IFDIR ? "sync folder" : "sync file")
      return real.sync(number)
    }
    calls.rename = { from, to, folder in
      log.add("rename")
      return real.rename(from, to, folder)
    }
    let channel = try AtomicFileChannel(savingTo: folder("state"), calls: calls)
    try writeAll(new, to: channel)
    try channel.close()
    #expect(log.steps == ["sync file", "rename", "sync folder"])
  }

  @Test func leavesAFolderThatCameToStandAtThePath() throws {
    let channel = try AtomicFileChannel(savingTo: folder("state"))
    try writeAll(new, to: channel)
    #expect(mkdir(folder("state"), 0o700) == 0)
    let error = failure { () throws(VMStateError) in try channel.close() }
    #expect((error?.cause as? VMStateError)?.cause as? SystemError == SystemError(EISDIR))
    #expect(folder.names == ["state"])
  }

  @Test func refusesPathsThatCannotBeSavedTo() {
    let long = String(repeating: "n", count: 256)
    let cases: [(String, Int32)] = [
      (folder("missing/state"), ENOENT), (folder.path, EISDIR), (folder("new/"), EISDIR),
      ("", ENOENT), (folder("zero\0"), EINVAL), (folder(long), ENAMETOOLONG),
    ]
    for (path, number) in cases {
      let error = failure { () throws(VMStateError) in try AtomicFileChannel(savingTo: path) }
      #expect(error?.code == .channelFailed)
      #expect(error?.cause as? SystemError == SystemError(number), "\(path)")
    }
    #expect(folder.names.isEmpty)
  }

  @Test func savesUnderTheLongestName() throws {
    let name = String(repeating: "n", count: 255)
    try save(new, to: name)
    #expect(folder.names == [name])
  }

  // MARK: - Leftovers

  @Test func clearsWhatAKilledSaveLeft() throws {
    folder.write(old, to: ".state.vmstate-4711-0123456789abcdef.tmp")
    try save(new, to: "state")
    #expect(folder.names == ["state"])
  }

  @Test func keepsTheFileOfASaveThatStillRuns() throws {
    let first = try AtomicFileChannel(savingTo: folder("state"))
    try writeAll(old, to: first)
    let running = folder.names
    let second = try AtomicFileChannel(savingTo: folder("state"))
    #expect(folder.names.count == 2 && Set(folder.names).isSuperset(of: running))
    try writeAll(new, to: second)
    try second.close()
    #expect(folder.content("state") == new)
    try first.close()
    #expect(folder.content("state") == old, "the last commit counts")
    #expect(folder.names == ["state"])
  }

  @Test func keepsFilesThatOnlyLookAlike() throws {
    let foreign = [
      ".other.vmstate-4711-0123456789abcdef.tmp", ".state.vmstate--0123456789abcdef.tmp",
      ".state.vmstate-4711-0123456789abcde.tmp", ".state.vmstate-4711-0123456789ABCDEF.tmp",
      ".state.vmstate-4711-0123456789abcdef.tmp2", ".state.vmstate-x-0123456789abcdef.tmp",
      ".state.vmstate-4711-0123456789abcdef-1.tmp", ".state.vmstate-",
      "state.vmstate-4711-0123456789abcdef.tmp",
    ]
    for name in foreign { folder.write(old, to: name) }
    let linked = ".state.vmstate-1-0123456789abcdef.tmp"
    #expect(symlink(foreign[0], folder(linked)) == 0)
    try save(new, to: "state")
    #expect(folder.names == (foreign + [linked, "state"]).sorted())
  }

  @Test func letsManySavesToOnePathRunAtOnce() throws {
    let path = folder("state")
    let failures = Counter()
    let threads = (0..<4).map { thread in
      TestThread {
        for round in 0..<25 {
          do throws(VMStateError) {
            let channel = try AtomicFileChannel(savingTo: path)
            try writeAll([UInt8](repeating: UInt8(thread), count: 100 + round), to: channel)
            try channel.close()
          } catch {
            failures.next()
          }
        }
      }
    }
    threads.forEach { $0.join() }
    #expect(failures.count == 0)
    let content = try #require(folder.content("state"))
    #expect(Set(content).count == 1 && content.count >= 100, "one save's bytes, whole")
    #expect(folder.names == ["state"])
  }
}

/// Counts calls from any thread.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)
  var count: Int { value.load(ordering: .relaxed) }
  @discardableResult func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}

/// Notes from any thread.
final class StepLog: Sendable {
  private let list = Guarded<[String]>([])
  var steps: [String] { list.withLock { $0 } }
  func add(_ step: String) { list.withLock { $0.append(step) } }
}
