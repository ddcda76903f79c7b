import Synchronization
import TestSupport
import Testing

@testable import VMState

/// Snapshots of a machine whose threads overwrite all of its memory meanwhile.
@Suite(.serialized) struct BackgroundSnapshotTests {
  @Test(arguments: BackgroundFixture.permitted)
  func isTheMemoryOfItsInstant(_ method: SnapshotMethod) throws {
    let fixture = try BackgroundFixture(
      method, [.make("ram", pages: 400), .make("low", pages: 65)], copiedBytes: 8 << 12)
    for _ in 0..<2 {
      let stream = try fixture.save()
      #expect(try fixture.loaded(stream) == fixture.machine.instant)
      #expect(fixture.statistics.method == method)
      #expect(fixture.statistics.mostCopiedBytes <= 8 << 12)
    }
    #expect(fixture.machine.hasOverwrittenAll())
  }

  @Test(arguments: BackgroundFixture.permitted)
  func writersWaitForACopyAndNotForTheChannel(_ method: SnapshotMethod) throws {
    let fixture = try BackgroundFixture(method, [.make("ram", pages: 400)])
    let channel = MemoryChannel()
    let wasOverwritten = Stop()
    let stalling = StallingChannel(channel) { [machine = fixture.machine] in
      if machine.hasOverwrittenAll() { wasOverwritten.stop() }
    }
    // The first write with pages in it.
    try fixture.saver.save(to: stalling) { progress in
      if progress.phase == .iterating, progress.normalPages + progress.zeroPages == 0 {
        stalling.arm()
      }
    }
    #expect(wasOverwritten.isStopped, "the threads stood still with the channel")
    // All but those that the saver had in its hands when the channel stopped.
    #expect(fixture.statistics.copiedPages > 100)
    #expect(fixture.statistics.waits == 0)
    #expect(try fixture.loaded(channel.bytes) == fixture.machine.instant)
  }

  @Test(arguments: BackgroundFixture.permitted)
  func withoutRoomForCopiesWritersWait(_ method: SnapshotMethod) throws {
    let fixture = try BackgroundFixture(method, [.make("ram", pages: 400)], copiedBytes: 0)
    // Threads can write before the first page is taken: one waits for sure.
    let stream = MemoryChannel()
    var isFirst = true
    try fixture.saver.save(to: stream) { progress in
      guard progress.phase == .iterating, isFirst else { return }
      isFirst = false
      pause(milliseconds: 5)
    }
    #expect(try fixture.loaded(stream.bytes) == fixture.machine.instant)
    #expect(fixture.statistics.copiedPages == 0 && fixture.statistics.waits > 0)
  }

  @Test(arguments: BackgroundFixture.permitted)
  func sectionsStandInTheOrderOfABackgroundSnapshot(_ method: SnapshotMethod) throws {
    let fixture = try BackgroundFixture(method, [.make("ram", pages: 30), .make("rom", pages: 3)])
    fixture.device.beforeSave = { [machine = fixture.machine] in
      #expect(machine.runState == .saveVM)
    }
    let order = SectionOrder()
    let stream = try fixture.save(order)
    #expect(order.kinds.first == "start ram" && order.kinds.last == "part ram")
    #expect(Set(order.kinds) == ["start ram", "full device", "part ram"])
    // The devices were saved at the instant and stand at the end.
    #expect(order.kinds[1] == "full device")
    #expect(
      fixture.machine.calls == ["stop save-vm", "synchronizeForSave", "start running"])
    #expect(fixture.machine.runState == .running)
    // The last FULL section, EOF, description: no command, no END section, whose id is 0.
    let end =
      hex("7E 00000000 04 00000001 06") + ascii("device")
      + hex("00000000 00000001 03 010203 7E 00000001 00 06")
    let place = try #require(stream.lastIndex(of: end))
    #expect(stream[(place - 8)..<place].elementsEqual(hex("00000000 00000010")))
    #expect(stream.count == place + end.count + 4 + Int(stream.bigEndian(at: place + end.count)))
  }

  @Test func sumsCoverDevicesAtTheirPlace() throws {
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 100)])
    var saver = fixture.saver
    saver.options.integrity = IntegrityOptions(isStrong: true)
    let channel = MemoryChannel()
    try saver.save(to: channel)
    #expect(try fixture.loaded(channel.bytes) == fixture.machine.instant)
    var stream = channel.bytes
    let place = try #require(stream.lastIndex(of: ascii("device") + hex("00000000")))
    stream[place + 16] ^= 1
    #expect(throws: VMStateError.self) { try fixture.loaded(stream) }
  }

  @Test func aMachineThatStandsStillStays() throws {
    let fixture = try BackgroundFixture(.announcedWrites, [.make("ram", pages: 10)])
    fixture.machine.stop(.paused)
    let result = try fixture.saver.save(to: MemoryChannel())
    #expect(fixture.machine.runState == .paused)
    #expect(result.downtime == nil)
    fixture.machine.start(.running)
  }
}

/// The sections as they are announced.
final class SectionOrder: TransferObserver {
  private(set) var kinds: [String] = []

  func observe(_ event: TransferEvent) {
    guard case .section(let kind, let name, _, _, _, _) = event else { return }
    kinds.append("\(kind) \(name)")
  }
}

extension [UInt8] {
  fileprivate func bigEndian(at place: Int) -> UInt32 {
    self[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Where a run of bytes stands for the last time.
  fileprivate func lastIndex(of part: [UInt8]) -> Int? {
    guard part.count <= count else { return nil }
    return (0...count - part.count).last { place in
      self[place] == part[0] && self[place..<place + part.count].elementsEqual(part)
    }
  }
}
