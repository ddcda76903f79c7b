import TestSupport
import Testing

@testable import VMState

@Suite struct XBZRLELoadTests {
  private let end = hex("0000000000000010")

  @Test func appliesADeltaToThePageThatCameBefore() throws {
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try RAMFixture(pages: 2, protection: protection)
      let part =
        hex("0000000000000008 01 61") + pageBytes(1) + hex("0000000000001028") + pageBytes(2)
        + hex("0000000000001060 01 0003 01 01 07") + hex("0000000000000060 01 0000") + end
      try target.load([TwoPages.setup, part])
      #expect(target.content == [pageBytes(1) + [2, 7] + pageBytes(2, 4094)])
      let values = target.handlers.loadProgress.current
      #expect(values.xbzrle.pages == 2 && values.xbzrle.bytes == 3 && values.normalPages == 2)
    }
  }

  @Test func appliesADeltaToZerosThatCameAfterContent() throws {
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try RAMFixture(pages: 2, protection: protection)
      let part =
        hex("0000000000000008 01 61") + pageBytes(1) + hex("0000000000000022 00")
        + hex("0000000000000060 01 0003 00 01 07") + end
      try target.load([TwoPages.setup, part])
      #expect(target.content == [[7] + pageBytes(0, 8191)])
    }
  }

  @Test func appliesADeltaToWhatTheMachineHasWhereNoPageCame() throws {
    let target = try RAMFixture(pages: 2)
    target.first.fill(page: 1, with: 0x33)
    let part = hex("0000000000001040 01 61 01 0003 01 01 07") + end
    try target.stage([TwoPages.setup, part])
    #expect(target.content == [pageBytes(0) + pageBytes(0x33)])
    target.handlers.commitLoad()
    #expect(target.content == [pageBytes(0) + [0x33, 7] + pageBytes(0x33, 4094)])
  }

  @Test func aFailedLoadLeavesProtectedPagesAndClearsDisposableOnes() throws {
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try RAMFixture(pages: 2, protection: protection)
      if protection == .protected { target.first.fill(page: 0, with: 0x33) }
      let before = target.content
      let part =
        hex("0000000000000040 01 61 01 0003 00 01 07") + hex("0000000000000060 01 0002 00 00")
      #expect(throws: VMStateError.self) { try target.load([TwoPages.setup, part]) }
      #expect(target.content == before)
    }
  }

  @Test func refusesBadDeltasAtTheirPlace() throws {
    // The record begins at 26, its payload at 36, the delta at 39.
    let cases: [(String, VMStateError.Code, UInt64)] = [
      ("02 0001 00", .badRAMRecord, 36), ("01 1001", .badRAMRecord, 37),
      ("01 0001 05", .badRAMRecord, 39), ("01 0002 00 00", .badRAMRecord, 40),
      ("01 0006 00 01 aa 00 01 bb", .badRAMRecord, 42),
      ("01 0005 ff1f 02 aa bb", .badRAMRecord, 41), ("01 0002 8080", .badRAMRecord, 39),
      ("01 0003 00 02 aa", .badRAMRecord, 40), ("01 0003 00", .endOfStream, 40),
      ("01", .endOfStream, 37),
    ]
    for (payload, code, offset) in cases {
      for protection in [RAMBlock.LoadProtection.protected, .disposable] {
        let target = try RAMFixture(pages: 2, protection: protection)
        let part = hex("0000000000000040 01 61") + hex(payload)
        do throws(VMStateError) {
          try target.load([TwoPages.setup, part])
          Issue.record("accepted \(payload)")
        } catch {
          #expect(error.code == code, "\(payload)")
          #expect(error.offset == offset, "\(payload)")
          #expect(error.path == ["ram", "a"], "\(payload)")
        }
        #expect(target.content == [pageBytes(0, 8192)])
      }
    }
  }
}
