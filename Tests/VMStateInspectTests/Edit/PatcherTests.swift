import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct PatcherTests {
  private func patched(
    _ bytes: [UInt8], _ patch: Patch
  ) throws -> (bytes: [UInt8], result: Patcher.Result) {
    let target = MemoryChannel()
    let result = try Patcher.patch(MemoryChannel(bytes), patch, to: target)
    #expect(result.length == target.size)
    return (target.bytes, result)
  }

  private func assignments(_ texts: String...) throws -> Patch {
    Patch(assignments: try texts.map { try Patch.Assignment($0) })
  }

  /// A stream without problems whose description describes it to the byte.
  private func expectGood(_ bytes: [UInt8]) -> WalkedStream {
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    #expect(stream.problems.isEmpty, "\(stream.problems.first?.error.description ?? "")")
    #expect(stream.length == UInt64(bytes.count) && stream.trailingBytes == 0)
    if let range = stream.descriptionRange {
      let text = Array(bytes[Int(range.lowerBound) + 5..<Int(range.upperBound)])
      #expect(stream.description?.jsonBytes == text)
    }
    return stream
  }

  private func sections(_ stream: WalkedStream) -> [WalkedSection] {
    stream.elements.compactMap { element in
      guard case .section(let section) = element else { return nil }
      return section
    }
  }

  // MARK: Nothing, values

  @Test(arguments: [
    "10.0/pc-smp2", "7.2/postcopy", "7.2/no-vmdesc", "7.2/compress",
  ])
  func changesNothingWithoutAPatch(name: String) throws {
    let bytes = try Fixture.stream(name)
    #expect(Lossless.difference(try patched(bytes, Patch()).bytes, bytes) == nil)
  }

  @Test func setsAValueAndNothingElse() throws {
    let bytes = try Fixture.stream("7.2/pc")
    let (again, result) = try patched(bytes, try assignments("i8254/channels[2]/count=0xabcd"))
    let change = try #require(result.changes.first)
    #expect(change.after == hex("0000abcd"))
    let offset = Int(change.offset)
    #expect(Array(bytes[offset..<offset + 4]) == change.before)
    var expected = bytes
    expected.replaceSubrange(offset..<offset + 4, with: change.after)
    #expect(again == expected)
    #expect(again != bytes)
  }

  @Test func setsElementsTextsTimersAndStructureFields() throws {
    let bytes = try Fixture.stream("10.0/pc-rich")
    let (again, result) = try patched(
      bytes,
      try assignments(
        "0000:00:03.0/e1000/e1000/full_mac_state/mac_reg[3]=305419896",
        "globalstate/runstate=\"paused\"",
        "hpet/timer[1]/period=7", "mc146818rtc/update_timer=none", "dma#1/command=0x5a"))
    #expect(result.changes.count == 5)
    var expected = bytes
    for change in result.changes {
      let first = Int(change.offset)
      #expect(Array(bytes[first..<first + change.before.count]) == change.before)
      expected.replaceSubrange(first..<first + change.after.count, with: change.after)
    }
    #expect(again == expected)
    let after = Dictionary(uniqueKeysWithValues: result.changes.map { ($0.path, $0.after) })
    #expect(after["0000:00:03.0/e1000/e1000/full_mac_state/mac_reg[3]"] == hex("12345678"))
    #expect(after["globalstate/runstate"]?.prefix(7) == Array("paused\0".utf8)[...])
    #expect(after["mc146818rtc/update_timer"] == [UInt8](repeating: 0xff, count: 8))
  }

  // MARK: Leaving out

  @Test(arguments: [
    ("7.2/pc-rich", "0000:00:03.0/e1000/e1000/tx_tso_state", 1), ("10.0/pc", "fw_cfg/acpi_mr", 1),
    ("10.0/pc", "pckbd/kbd/pckbd/extended_state", 1), ("7.2/pc", "fdrive/media_rate", 2),
    ("10.0/isapc", "fw_cfg/dma", 1),
  ])
  func leavesSubsectionsOut(name: String, subsection: String, count: Int) throws {
    let bytes = try Fixture.stream(name)
    let (again, result) = try patched(bytes, Patch(droppedSubsections: [subsection]))
    #expect(result.droppedSubsections.count == count)
    let before = sections(StreamWalk.collect(MemoryChannel(bytes)))
    let after = sections(expectGood(again))
    #expect(before.map(\.idstr) == after.map(\.idstr))
    var shorter = 0
    for (old, new) in zip(before, after) where old.state != new.state {
      #expect(new.bodyLength < old.bodyLength)
      try expectSame(old, new, without: result.droppedSubsections)
      shorter += 1
    }
    #expect(shorter == 1)
    #expect(again.count < bytes.count)
  }

  /// All leaves but those of the subsections have the same paths and bytes.
  private func expectSame(
    _ old: WalkedSection, _ new: WalkedSection, without dropped: [String]
  ) throws {
    func leaves(_ section: WalkedSection) throws -> [String] {
      let body = DescribedBodyPiece(
        table: try #require(section.table), state: try #require(section.state), origin: .stream)
      return try FieldTree.entries(
        body, section: SectionLabel.text(section.idstr, section.instance), at: 0
      ).compactMap { entry in entry.leaf.map { "\(entry.path)=\(hexText($0.bytes))" } }
    }
    let kept = try leaves(old).filter { line in !dropped.contains { line.hasPrefix($0 + "/") } }
    #expect(try leaves(new) == kept)
    #expect(try leaves(old).count > kept.count)
  }

  @Test(arguments: [("7.2/pc", "vmmouse"), ("10.0/pc-rich", "hpet"), ("10.0/pc", "dma#1")])
  func leavesASectionOut(name: String, section: String) throws {
    let bytes = try Fixture.stream(name)
    let (again, result) = try patched(bytes, Patch(droppedSections: [section]))
    #expect(result.droppedSections == [section])
    let before = sections(StreamWalk.collect(MemoryChannel(bytes)))
    let stream = expectGood(again)
    let old = before.map { SectionLabel.text($0.idstr, $0.instance) }
    let new = sections(stream).map { SectionLabel.text($0.idstr, $0.instance) }
    #expect(new == old.filter { $0 != section })
    #expect(new.count == old.count - 1)
    let devices = stream.description?.devices.map { SectionLabel.text($0.idstr, $0.instance) }
    #expect(devices?.contains(section) == false)
    #expect(devices?.count == new.filter { $0 != "ram" }.count)
  }

  @Test func leavesTheRAMOut() throws {
    let (again, _) = try patched(
      try Fixture.stream("10.0/none"), Patch(droppedSections: ["ram"]))
    #expect(sections(expectGood(again)).map(\.idstr) == ["timer", "globalstate"])
    #expect(again.count < 1300)
  }

  // MARK: The machine

  @Test(
    arguments: [
      ("7.2/pc", "x"), ("7.2/none", "pc-i440fx-99.99"), ("10.0/none", "x"),
      ("10.0/pc", "pc-i440fx-99.99"), ("10.0/mapped-ram", "pc-i440fx-99.99"),
    ])
  func renamesTheMachine(name: String, machine: String) throws {
    let bytes = try Fixture.stream(name)
    let (again, _) = try patched(bytes, Patch(machine: machine))
    let stream = expectGood(again)
    #expect(stream.configuration?.machineTypeText == machine)
    let length = stream.description?.configuration?.fields.first { $0.name == "name" }?.size
    #expect(length == (name.hasPrefix("10.0") ? machine.utf8.count : nil))
    // Everything else is as before.
    let back = try patched(again, Patch(machine: originalMachine(bytes))).bytes
    #expect(Lossless.difference(back, bytes) == nil)
  }

  private func originalMachine(_ bytes: [UInt8]) -> String {
    StreamWalk.collect(MemoryChannel(bytes)).configuration?.machineTypeText ?? ""
  }

  @Test func givesAPackageItsNewLength() throws {
    // Package of a FULL section that nothing describes, and EOF: 08, PACKAGED, 4, length.
    let inner = hex("04 00000001 01 61 00000000 00000001 1234 7e 00000001")
    let bytes =
      hex("5145564d 00000003 08 0007 0004 000000") + [UInt8(inner.count)] + inner + hex("00")
    #expect(try patched(bytes, Patch()).bytes == bytes)
    let (again, _) = try patched(bytes, Patch(droppedSections: ["a"]))
    #expect(again == hex("5145564d 00000003 08 0007 0004 00000000 00"))
  }

  // MARK: Refusals

  private func refusal(_ patch: Patch, _ name: String = "10.0/pc") throws -> VMStateError? {
    let bytes = try Fixture.stream(name)
    let target = MemoryChannel()
    let error = #expect(throws: VMStateError.self) {
      try Patcher.patch(MemoryChannel(bytes), patch, to: target)
    }
    #expect(target.bytes.isEmpty)
    return error
  }

  static let misfits = [
    ("i8254/channels[0]/count=4294967296", "an integer from -2147483648 to 2147483647"),
    ("i8254/channels[0]/mode=256", "an integer from 0 to 255"),
    ("hpet/timer[0]/period=-1", "an integer from 0 to 18446744073709551615"),
    ("globalstate/runstate=00ff", "32 bytes"),
    ("globalstate/runstate=\"0123456789012345678901234567890123\"", "a text of at most 32 bytes"),
    ("serial/state/ier=", "an integer from 0 to 255"),
    ("hpet/timer[0]=5", "a field"),
    ("nosuch/field=1", "one field"), ("i8254/nosuch=1", "one field"),
    ("i8254/channels[9]/count=1", "one field"),
  ]

  @Test(arguments: misfits) func refusesWhatDoesNotFit(text: String, expected: String) throws {
    let error = try refusal(try assignments(text))
    #expect(error?.expected == expected, "\(String(describing: error))")
    #expect(error?.found != nil)
  }

  @Test func refusesWhatIsNotThere() throws {
    #expect(try refusal(Patch(droppedSubsections: ["cpu/nothing"]))?.found == "cpu/nothing")
    #expect(try refusal(Patch(droppedSections: ["nothing"]))?.code == .unknownSection)
    #expect(throws: VMStateError.self) { try Patch.Assignment("no value") }
    #expect(throws: VMStateError.self) { try Patch.Assignment("=1") }
  }

  @Test func refusesABrokenStream() throws {
    let bytes = Array(try Fixture.stream("10.0/none").dropLast(2000))
    let target = MemoryChannel()
    #expect(throws: VMStateError.self) {
      try Patcher.patch(MemoryChannel(bytes), Patch(), to: target)
    }
    #expect(target.bytes.isEmpty)
  }
}
