import Synchronization
import TestSupport
import Testing

@testable import VMState

/// Snapshots that are refused, fail, or are given up: the machine runs on as if nothing had
/// been.
@Suite(.serialized) struct BackgroundFailureTests {
  @Test(arguments: BackgroundFixture.permitted)
  func givenUpAtAnyMomentTheMachineRunsOn(_ method: SnapshotMethod) throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededGenerator(seed: seed)
    let fixture = try BackgroundFixture(
      method, [.make("ram", pages: 200)], copiedBytes: 4 << 12, seed: seed)
    var ends: Set<VMStateError.Code> = []
    for _ in 0..<16 {
      do throws(VMStateError) {
        if random.next() % 2 == 0 {
          try fixture.saver.save(to: LimitedChannel(after: Int(random.next() % (200 << 12))))
        } else {
          let flag = CancellationFlag()
          var left = random.next() % 12
          try fixture.saver.save(to: MemoryChannel(), cancellation: flag) { _ in
            if left == 0 { flag.cancel() }
            left &-= 1
          }
        }
      } catch {
        ends.insert(error.code)
      }
      #expect(fixture.machine.runState == .running)
      #expect(fixture.list.blocks.allSatisfy { $0.snapshot.withLock { $0 == nil } })
    }
    #expect(ends == [.cancelled, .channelFailed])
    #expect(try fixture.loaded(fixture.save()) == fixture.machine.instant)
    #expect(fixture.machine.hasOverwrittenAll())
  }

  @Test(arguments: BackgroundFixture.permitted)
  func cancelledWhileWritersWait(_ method: SnapshotMethod) async throws {
    let fixture = try BackgroundFixture(method, [.make("ram", pages: 600)], copiedBytes: 0)
    let (reader, writer) = try PipeChannel.makePair()
    // Nobody reads: the pipe fills up, the threads wait.
    let transfer = try fixture.saver.start(to: writer)
    while fixture.machine.runState == .running, fixture.machine.calls.isEmpty {
      pause(milliseconds: 1)
    }
    pause(milliseconds: 5)
    transfer.cancel()
    do throws(VMStateError) {
      _ = try await transfer.result()
      Issue.record("the save ended well")
    } catch {
      #expect(error.code == .cancelled)
    }
    reader.shutdown()
    #expect(fixture.machine.runState == .running)
    #expect(fixture.machine.hasOverwrittenAll())
  }

  @Test func aFailedSnapshotLeavesTheOldFile() throws {
    let folder = TemporaryFolder()
    let path = folder("state")
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 50)])
    try fixture.saver.save(to: AtomicFileChannel(savingTo: path))
    let before = try #require(folder.content("state"))
    let flag = CancellationFlag()
    let error = failure {
      try fixture.saver.save(to: AtomicFileChannel(savingTo: path), cancellation: flag) {
        if $0.phase == .iterating { flag.cancel() }
      }
    }
    #expect(error?.code == .cancelled)
    #expect(folder.content("state") == before)
    #expect(try fixture.loaded(before).count == 1)
  }

  @Test(arguments: [
    "postcopy-ram", "dirty-bitmaps", "postcopy-blocktime", "late-block-activate", "return-path",
    "multifd", "pause-before-switchover", "auto-converge", "release-ram", "rdma-pin-all",
    "xbzrle", "x-colo", "validate-uuid", "zero-copy-send", "compress", "mapped-ram",
  ])
  func excludes(_ capability: String) throws {
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 1)])
    var saver = fixture.saver
    saver.options.configuration.capabilities.insert(capability)
    let channel = MemoryChannel()
    let error = failure { try saver.save(to: channel) }
    #expect(error?.code == .configurationMismatch)
    #expect(
      error?.message
        == "the capabilities background-snapshot and \(capability) exclude each other")
    #expect(channel.bytes.isEmpty)
    #expect(fixture.machine.calls.isEmpty)
  }

  @Test func refusesOtherLiveSections() throws {
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 1)])
    try fixture.registry.registerLive(
      "disk", version: 1, handlers: CountdownHandlers("disk", rounds: 1, log: CallLog()))
    let error = failure {
      try fixture.saver.save(to: MemoryChannel())
    }
    #expect(error?.code == .unmigratable && error?.path == ["disk"])
    #expect(fixture.machine.calls.isEmpty)
  }

  @Test func refusesChannelsBesideTheMainOne() throws {
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 1)])
    fixture.handlers.multifd = MultifdChannels([MemoryChannel()])
    let error = failure {
      try fixture.saver.save(to: MemoryChannel())
    }
    #expect(error?.code == .configurationMismatch)
    #expect(fixture.machine.calls.isEmpty)
  }

  @Test func failsWhenABlockIsAddedOrResized() throws {
    let block = try RAMBlock.make(
      "ram", pages: 100, maximum: 200, attributes: [.migratable, .resizeable])
    let fixture = try BackgroundFixture(.announcedWrites, [block], threads: 0)
    func save(_ change: @escaping () throws -> Void) -> VMStateError? {
      var isDone = false
      return failure {
        try fixture.saver.save(to: MemoryChannel()) { progress in
          guard progress.phase == .iterating, !isDone else { return }
          isDone = true
          do { try change() } catch { Issue.record(error) }
        }
      }
    }
    #expect(save { try fixture.list.resize(block, to: 150 << 12) }?.code == .ramBlockSize)
    #expect(save { try fixture.list.add(.make("new", pages: 1)) }?.code == .unsupported)
    #expect(save {} == nil)
  }

  @Test func theMachineRunsAgainWhenADeviceFails() throws {
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 10)])
    fixture.device.preSave = { throw Refusal() }
    let error = failure {
      try fixture.saver.save(to: MemoryChannel())
    }
    #expect(error?.path.first == "device")
    #expect(
      fixture.machine.calls == ["stop save-vm", "synchronizeForSave", "start running"])
  }
}
