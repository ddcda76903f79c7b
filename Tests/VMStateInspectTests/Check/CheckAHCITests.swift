import TestSupport
import Testing
@testable import VMStateInspect

/// What an AHCI controller checks after reading.
@Suite struct CheckAHCITests {
  private static let controller = "0000:00:1f.2/ich9_ahci"

  /// Sets fields of the first port, the number's lowest byte last.
  private func check(_ changes: [(String, [UInt8])]) throws -> CheckReport {
    var bytes = try Fixture.stream("7.2/q35")
    for (path, value) in changes {
      let entry = try #require(
        try CheckBench.field(bytes, Self.controller, path), "no field \(path)")
      let place = Int(entry.offset)
      try #require(entry.length == value.count)
      bytes.replaceSubrange(place..<place + value.count, with: value)
    }
    return try CheckBench.check(bytes, against: "7.2/q35")
  }

  @Test func refusesACommandThatIsHaltedAndNotInUse() throws {
    let report = try check([("ncq_tfs[0]/halt", [1])])
    let blocker = try #require(report.blockers.first)
    #expect(blocker.path.first == Self.controller)
    #expect(
      blocker.words == [
        "error while loading state for instance 0x0 of device "
          + "'\(Self.controller)'"
      ])
  }

  @Test func refusesAHaltedCommandOfAnotherKind() throws {
    let halted: [(String, [UInt8])] = [("ncq_tfs[0]/halt", [1]), ("ncq_tfs[0]/used", [1])]
    let queued: [(String, [UInt8])] = halted + [("ncq_tfs[0]/cmd", [0x60])]
    let started: [(String, [UInt8])] = [("port_regs.cmd", [0x00, 0x00, 0x80, 0x07])]
    #expect(try check(halted + started).answer == .refused)
    #expect(try check(queued).answer == .refused)
    #expect(try check(queued + started).answer == .loads)
    #expect(try check(queued + started + [("ncq_tfs[0]/slot", [1])]).answer == .refused)
  }

  @Test(arguments: [("DMA", [0x00, 0x00, 0x80, 0x00]), ("FIS RX", [0x00, 0x00, 0x40, 0x00])])
  func refusesAnEngineThatRunsThoughItIsOff(name: String, command: [UInt8]) throws {
    let report = try check([("port_regs.cmd", command)])
    #expect(report.blockers.first?.words == ["AHCI: \(name) engine should be off"])
  }

  @Test func saysThatAWantedEngineIsStarted() throws {
    let report = try check([("port_regs.cmd", [0x00, 0x00, 0x00, 0x17])])
    #expect(report.answer == .loss)
    #expect(
      report.losses.map(\.message) == [
        "the port's DMA engine is started", "the port's FIS RX engine is started",
      ])
  }

  @Test func refusesAnImpossibleSlot() throws {
    #expect(try check([("busy_slot", [0, 0, 0, 32])]).answer == .refused)
    #expect(try check([("busy_slot", [0xFF, 0xFF, 0xFF, 0xFE])]).answer == .refused)
    #expect(try check([("busy_slot", [0, 0, 0, 31])]).answer == .loads)
  }
}
