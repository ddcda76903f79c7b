import TestSupport
import Testing
import VMState
import VMStateInspect

/// Real streams of real QEMUs, walked without any device.
@Suite struct CorpusWalkTests {
  static let described = [
    "7.2/none", "7.2/none-noram", "7.2/pc", "7.2/pc-rich", "7.2/pc-kvm", "7.2/q35", "7.2/slirp",
    "7.2/return-path", "7.2/rounds", "7.2/auto-converge", "7.2/background-snapshot",
    "7.2/ignore-shared", "10.0/none", "10.0/pc", "10.0/pc-rich", "10.0/pc-smp2", "10.0/isapc",
    "10.0/shared-ram", "10.0/pc-file", "10.0/ignore-shared", "10.0/cpr-reboot",
  ]

  @Test(arguments: described)
  func walksToTheLastByte(name: String) throws {
    let bytes = try Fixture.stream(name)
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    #expect(stream.error == nil)
    #expect(stream.warnings.isEmpty)
    #expect(stream.length == UInt64(bytes.count))
    #expect(stream.trailingBytes == 0)
    #expect(stream.descriptionRange != nil)
    expectSeamless(stream)
  }

  /// Every byte between the configuration and the end belongs to a section or command.
  private func expectSeamless(_ stream: WalkedStream) {
    var next: UInt64?
    for element in stream.elements {
      let (offset, length) =
        switch element {
        case .section(let section): (section.offset, section.length)
        case .command(let command): (command.offset, UInt64(5 + command.payload.count))
        }
      if let next { #expect(offset == next) }
      next = offset + length
    }
    #expect(next.map { $0 + 1 } == stream.descriptionRange?.lowerBound)
  }

  @Test(arguments: described)
  func reencodesEveryDescribedSectionIdentically(name: String) throws {
    let bytes = try Fixture.stream(name)
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    var sections = 0
    for case .section(let section) in stream.elements {
      guard let table = section.table, let state = section.state else { continue }
      let channel = MemoryChannel()
      var writer = StreamWriter(channel)
      try table.save(state, to: &writer)
      try writer.flush()
      let first = Int(section.bodyOffset)
      #expect(
        channel.bytes == Array(bytes[first..<first + Int(section.bodyLength)]),
        "\(section.idstr)")
      sections += 1
    }
    #expect(sections == stream.description?.devices.count)
  }

  @Test(arguments: described)
  func writesTheWholeDescriptionAgain(name: String) throws {
    let bytes = try Fixture.stream(name)
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    let range = try #require(stream.descriptionRange)
    let text = bytes[Int(range.lowerBound) + 5..<Int(range.upperBound)]
    #expect(stream.description?.jsonBytes == Array(text))
  }

  @Test func keepsWhatWasParsedBeforeAnError() throws {
    var bytes = try Fixture.stream("10.0/none")
    let good = StreamWalk.collect(MemoryChannel(bytes))
    let footers = good.elements.compactMap { element -> UInt64? in
      guard case .section(let section) = element else { return nil }
      return section.offset + section.length - 5
    }
    let last = try #require(footers.last)
    bytes[Int(last)] = 0
    let broken = StreamWalk.collect(MemoryChannel(bytes))
    #expect(broken.error?.code == .missingFooter)
    #expect(broken.error?.offset == last)
    #expect(broken.error?.path == ["globalstate"])
    // The section is kept too, without a footer.
    #expect(broken.elements.count == good.elements.count)
    guard case .section(let section) = try #require(broken.elements.last) else {
      Issue.record("a section comes last")
      return
    }
    #expect(section.idstr == "globalstate" && !section.hasFooter)
  }
}
