import TestSupport
import Testing
import VMState
import VMStateInspect

/// CPR state files, which are no streams.
@Suite struct CPRStateFileTests {
  // "QCPR", version 1; "pc.bios", id 0, by message; "m", id 2, by message; the end.
  private static let transfer = hex(
    """
    51435052 00000001 01 00000008 70632e62696f7300 00000000 20
    01 00000002 6d00 00000002 20 00
    """)
  // The same with numbers 11 and 12, and one vfio device of address space 1, page table 7.
  private static let exec = hex(
    """
    51435052 00000001 01 00000008 70632e62696f7300 00000000 0000000b
    01 00000002 6d00 00000002 0000000c 00
    05 15 43707253746174652f7666696f2064657669636573 00000001
    01 00000002 7600 00000003 00000001 00000007 00
    """)

  @Test func showsTheDescriptors() throws {
    let summary = try StreamSummary.make(MemoryChannel(Self.transfer))
    #expect(summary.cpr?.mode == .transfer)
    #expect(summary.problems.isEmpty && summary.remarks.isEmpty)
    let lines = SummaryText.lines(summary, file: "f")
    #expect(lines.contains("  container    CPR state"))
    #expect(lines.contains("  holds        cpr-transfer, 2 descriptors"))
    #expect(lines.contains("    descriptor m, id 2"))
    #expect(summary.json(file: "f")["cpr"]?["descriptors"]?.elements?.count == 2)
    let second = SummaryText.lines(try StreamSummary.make(MemoryChannel(Self.exec)), file: "f")
    #expect(second.contains("  holds        cpr-exec, 2 descriptors, 1 vfio device"))
    #expect(second.contains("    descriptor pc.bios, id 0, number 11"))
    #expect(second.contains("    vfio device v, 3, address space 1, page table 7"))
  }

  @Test(arguments: [transfer, exec])
  func writesTheSameBytesAgain(bytes: [UInt8]) throws {
    let result = try Verification.make(MemoryChannel(bytes))
    #expect(result.isGood)
    #expect(result.comparedBytes == UInt64(bytes.count))
    #expect(VerificationText.json(result, file: "f")["undescribed_bytes"]?.int == 0)
    #expect(try Lossless.assemble(try Lossless.json(bytes)) == bytes)
  }

  @Test(arguments: [transfer, exec])
  func keepsWhatIsCutOff(bytes: [UInt8]) throws {
    for count in 4..<bytes.count {
      let cut = Array(bytes.prefix(count))
      let result = try Verification.make(MemoryChannel(cut))
      #expect(result.difference == nil, "\(count) bytes")
      // Without the devices it is a state of 10.0; and cut in one place, each mode looks like
      // one descriptor of the other mode.
      let wholes = bytes == Self.exec ? [27, 45] : [30]
      #expect(result.summary.problems.isEmpty == wholes.contains(count), "\(count) bytes")
    }
  }

  @Test func saysWhatFollowsTheState() throws {
    let result = try Verification.make(MemoryChannel(Self.exec + hex("01 02 03")))
    #expect(result.summary.trailingBytes == 3)
    #expect(result.difference == nil)
    #expect(!result.isGood)
  }
}
