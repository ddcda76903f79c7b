import TestSupport
import Testing
import VMState
@testable import VMStateInspect

/// Answers over recorded streams. That they are QEMU's own is what `Tests/Interop/verdicts.py`
/// shows.
@Suite struct CheckerTests {
  @Test(arguments: [
    "7.2/none", "7.2/none-noram", "7.2/pc", "7.2/pc-rich", "7.2/pc-kvm", "7.2/q35",
    "7.2/no-vmdesc", "7.2/ignore-shared", "7.2/xbzrle", "10.0/none", "10.0/pc", "10.0/pc-rich",
    "10.0/pc-smp2", "10.0/isapc", "10.0/ignore-shared", "10.0/mapped-ram",
  ])
  func loadsWhereItWasSaved(name: String) throws {
    let report = try CheckBench.check(name, against: name)
    #expect(report.answer == .loads, "\(report.lines(source: name, target: name))")
    #expect(report.exitCode == 0)
  }

  @Test func namesEveryPartOfACPUThatTheDestinationLacks() throws {
    let report = try CheckBench.check("10.0/pc-smp2", against: "10.0/pc")
    #expect(report.answer == .refused)
    let sections = report.blockers.filter { $0.kind == .unknownSection }
    #expect(sections.map { $0.path[0] } == ["cpu_common", "cpu", "apic"])
    let first = try #require(report.blockers.first)
    #expect(first.message == "the destination has no CPU 1")
    #expect(first.advice == "start the destination with -smp 2")
    #expect(first.words == ["Unknown savevm section or instance 'cpu_common' 1"])
    #expect(report.exitCode == 1)
  }

  @Test func saysThatACPUWithoutStateStaysAsAfterAReset() throws {
    let report = try CheckBench.check("10.0/pc", against: "10.0/pc-smp2")
    #expect(report.answer == .loss)
    let sections = report.losses.filter { $0.kind == .missingSection }
    #expect(sections.map { $0.path[0] } == ["cpu_common", "cpu", "apic"])
    #expect(sections.allSatisfy { $0.message.hasPrefix("the stream has no CPU 1,") })
  }

  @Test func namesTheMemoryAndEveryDeviceThatTheDestinationLacks() throws {
    let report = try CheckBench.check("10.0/pc-rich", against: "10.0/pc")
    #expect(report.answer == .refused)
    #expect(report.blockers.first?.kind == .ramBlock)
    #expect(report.blockers.first?.path == ["ram", "pc.ram"])
    let device = try #require(report.blockers.first { $0.path == ["0000:00:04.0/virtio-blk"] })
    #expect(device.kind == .unknownSection)
    #expect(device.advice.contains("PCI slot 4 (addr=4)"))
    let keyboard = try #require(report.blockers.first { $0.path == ["0000:00:07.0/1/usb-kbd"] })
    #expect(keyboard.advice.contains("place 1 of the controller in PCI slot 7 (addr=7)"))
    #expect(report.blockers.count { $0.kind == .unknownSection } > 5)
  }

  @Test func doesNotSendAnOperatorToAMachineOfALaterRelease() throws {
    let report = try CheckBench.check(
      "10.0/pc", against: "7.2/pc", CheckBench.owner(QEMURelease(7, 2)))
    #expect(report.blockers.map(\.kind).prefix(2) == [.machine, .command])
    let machine = try #require(report.blockers.first)
    #expect(machine.expected == "pc-i440fx-7.2" && machine.found == "pc-i440fx-10.0")
    #expect(machine.advice.hasPrefix("no QEMU before 10.0 has pc-i440fx-10.0:"))
    #expect(report.blockers[1].words == ["MIG_CMD 0xb unknown (len 0x0)"])
  }

  @Test func asksForTheSameCapabilitiesOnBothSides() throws {
    for owner in [CheckBench.owner(), CheckBench.owner(QEMURelease(10, 0))] {
      let report = try CheckBench.check("10.0/mapped-ram", against: "10.0/pc", owner)
      #expect(report.answer == .refused)
      #expect(report.blockers.first?.path == ["configuration", "mapped-ram"])
    }
  }

  @Test func readsTheContentsOfDisksWhereTheReleaseDoes() throws {
    let old = try CheckBench.check(
      "7.2/block", against: "7.2/block", CheckBench.owner(QEMURelease(7, 2)))
    #expect(old.answer == .unknown)
    #expect(
      old.untold.map(\.message) == [
        "whether the destination has this disk, as large as the source's"
      ])
    let new = try CheckBench.check(
      "7.2/block", against: "10.0/pc", CheckBench.owner(QEMURelease(10, 0)))
    #expect(new.blockers.contains { $0.path == ["block"] && $0.kind == .unknownSection })
    // Without a release the destination may be either.
    let any = try CheckBench.check("7.2/block", against: "7.2/pc")
    #expect(!any.blockers.contains { $0.path == ["block"] })
    #expect(any.untold.contains { $0.path == ["block"] && $0.supply == "--qemu VERSION" })
  }

  @Test func goesOnBehindACapabilityThatTheDestinationDoesNotKnow() throws {
    let report = try CheckBench.check("10.0/mapped-ram", against: "7.2/pc")
    let first = try #require(report.blockers.first)
    #expect(first.words[0] == "Received unknown capability mapped-ram")
    #expect(report.blockers.count { $0.path == first.path } == 1)
    #expect(report.blockers.contains { $0.kind == .machine })
    #expect(report.blockers.contains { $0.kind == .command })
  }

  /// The table of a floppy controller lies in one of the same name, which has no subsections.
  @Test func findsSubsectionsOfAStructureThatBearsItsSectionsName() throws {
    func table(_ fields: String, _ subsections: String) -> String {
      """
      {"name": "fdc", "version_id": 2, "minimum_version_id": 2, "Fields": [\(fields)],
       "Subsections": [\(subsections)]}
      """
    }
    let inner = table(
      #"{"field": "sra", "version_id": 0, "field_exists": false, "size": 1}"#,
      #"{"name": "fdc/phase", "version_id": 1, "minimum_version_id": 1, "Fields": []}"#)
    let outer = table(
      #"{"field": "state", "version_id": 0, "field_exists": false, "size": 672, "Description": "#
        + inner + "}", "")
    let text = """
      {"vmschkmachine": {"Name": "pc-i440fx-7.2"},
       "isa-fdc": {"Name": "isa-fdc", "version_id": 2, "minimum_version_id": 2,
       "Description": \(outer)}}
      """
    let model = TargetModel(
      CheckTarget(classes: try SchemaDocument(parsingClasses: Array(text.utf8))))
    let tables = model.candidates("fdc", version: 2)
    #expect(tables.count == 2)
    #expect(tables.flatMap(\.subsections).map(\.name) == ["fdc/phase"])
  }

  @Test func toldOfNothingItNamesWhatToSupply() throws {
    let report = try Checker.check(
      try CheckSource(MemoryChannel(try Fixture.stream("10.0/pc"))), against: CheckTarget())
    #expect(report.answer == .unknown)
    #expect(report.untold.allSatisfy { !$0.supply.isEmpty })
    #expect(report.untold.contains { $0.path == ["configuration"] })
    #expect(report.untold.contains { $0.path == ["ram", "pc.ram"] })
    #expect(report.untold.contains { $0.path == ["i8254"] })
  }

  @Test func refusesEveryCutStream() throws {
    let bytes = try Fixture.stream("10.0/none")
    let whole = StreamWalk.collect(MemoryChannel(bytes))
    let target = CheckTarget(stream: StreamFacts(whole))
    let end = Int(try #require(whole.descriptionRange).lowerBound) - 5
    // The header byte by byte, the pages in steps that meet every place of a record.
    for length in Array(0..<128) + Array(stride(from: 128, to: end, by: 11)) {
      let source = try CheckSource(MemoryChannel(Array(bytes[..<length])))
      let report = try Checker.check(source, against: target)
      #expect(report.answer == .refused, "\(length) bytes")
    }
  }

  /// A stream with anything in it gets an answer.
  @Test func answersForBrokenBytes() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed: seed)
    let bytes = try Fixture.stream("10.0/none")
    let target = CheckTarget(stream: StreamFacts(MemoryChannel(bytes)))
    for _ in 0..<300 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<broken.count, using: &generator)
        broken[place] = UInt8.random(in: 0...255, using: &generator)
      }
      let report = try Checker.check(
        try CheckSource(MemoryChannel(broken)), against: target)
      #expect(report.answer != .refused || !report.blockers[0].advice.isEmpty, "seed \(seed)")
    }
  }
}
