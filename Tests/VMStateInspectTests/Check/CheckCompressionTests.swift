import TestSupport
import Testing
@testable import VMStateInspect

/// Compressed pages, which the releases before 9.1 could make.
@Suite struct CheckCompressionTests {
  private func check(_ owner: CheckOptions, against target: String = "7.2/xbzrle") throws
    -> CheckReport
  {
    try CheckBench.check("7.2/compress", against: target, owner)
  }

  @Test func readsThemWhereTheCapabilityIsOn() throws {
    let report = try check(CheckBench.owner(QEMURelease(7, 2), ["compress": true]))
    #expect(report.blockers.filter { $0.kind == .ramRecord }.isEmpty)
    #expect(report.untold.isEmpty)
  }

  @Test func refusesThemWhereItIsOff() throws {
    let report = try check(CheckBench.owner(QEMURelease(7, 2), ["compress": false]))
    let blocker = try #require(report.blockers.first { $0.kind == .ramRecord })
    #expect(blocker.words == ["Received an unexpected compressed page"])
  }

  @Test func refusesThemInAReleaseThatForgotThem() throws {
    let report = try check(CheckBench.owner(QEMURelease(10, 0), ["compress": true]))
    let blocker = try #require(report.blockers.first { $0.kind == .ramRecord })
    #expect(blocker.words[0].hasPrefix("Unknown combination of migration flags: 0x1"))
  }

  @Test func doesNotGuessWhetherItIsOn() throws {
    for owner in [CheckBench.owner(), CheckBench.owner(QEMURelease(7, 2))] {
      let report = try check(owner)
      #expect(report.blockers.filter { $0.kind == .ramRecord }.isEmpty)
      #expect(report.untold.contains { $0.supply.contains("--capability compress") })
    }
  }

  @Test func seesThatADestinationCompressesItself() throws {
    let report = try check(CheckBench.owner(), against: "7.2/compress")
    #expect(report.answer == .loads)
  }
}
