import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct DumpTextTests {
  private func lines(
    _ bytes: [UInt8], _ options: DumpOptions = DumpOptions()
  ) throws -> [String] {
    let output = MemoryTextOutput()
    _ = try DumpText.dump(MemoryChannel(bytes), options, to: output)
    return output.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func showsAWholeStream() throws {
    let text = try lines(try Fixture.stream("7.2/none"))
    #expect(
      text.prefix(11) == [
        "stream version 3 at 0",
        "configuration, 9 bytes at 8",
        "    machine type = none",
        "ram (instance 0, version 4, START, section 2) at 17",
        "    page size 4096",
        "    block ram, 4 MiB",
        "ram (instance 0, PART, section 2) at 67",
        "    iteration 1  ram  pages: 1024 zero",
        "ram (instance 0, END, section 2) at 9305",
        "timer (instance 0, version 2, FULL, section 0) at 9323",
        "      9342  cpu_ticks_offset: int64 = 8728942",
      ], "\(text.prefix(12))")
    #expect(text.contains { $0.hasSuffix("runstate: buffer, 100 bytes") })
    #expect(text.contains { $0.contains("|running.........|") })
    #expect(text.dropLast().last?.hasPrefix("JSON description, ") == true)
  }

  @Test func showsTheSectionsAskedFor() throws {
    let bytes = try Fixture.stream("10.0/pc")
    let text = try lines(bytes, DumpOptions(sections: [GlobPattern("i8254")]))
    #expect(text.first?.hasPrefix("i8254 (instance 0, version 3, FULL, section ") == true)
    #expect(text.filter { $0.hasSuffix("count: int32 = 65536 (0x00010000)") }.isEmpty)
    #expect(text.contains { $0.contains("channels[2]: struct pit channel version 2, ") })
    #expect(!text.contains { $0.hasPrefix("JSON") || $0.hasPrefix("ram") })
    let one = try lines(bytes, DumpOptions(sections: [GlobPattern("dma#1")]))
    #expect(one.first?.hasPrefix("dma (instance 1, ") == true)
    #expect(!one.dropFirst().contains { $0.hasPrefix("dma") })
  }

  @Test func showsTheFieldsAskedForWithTheirPaths() throws {
    let bytes = try Fixture.stream("10.0/pc-rich")
    let fields = ["*/mac_reg", "globalstate/size", "channels[2]/*"].map { GlobPattern($0) }
    let text = try lines(bytes, DumpOptions(fields: fields))
    #expect(text.contains { $0.contains("  globalstate/size: uint32 = 8") })
    #expect(
      text.contains {
        $0.contains("  0000:00:03.0/e1000/e1000/full_mac_state/mac_reg: uint32[32768] =")
      })
    #expect(text.contains { $0.contains("0 × ") })
    #expect(text.filter { $0.contains("i8254") }.allSatisfy { $0.contains("/channels[2]/") })
    #expect(text.contains { $0.contains("  i8254/channels[2]/count: int32 = ") })
  }

  @Test func countsPagesByBlockAndIteration() throws {
    let text = try lines(
      try Fixture.stream("7.2/rounds"), DumpOptions(sections: [GlobPattern("ram")]))
    let iterations = text.filter { $0.contains("iteration ") && $0.contains("  pc.ram  pages: ") }
    #expect(iterations.count > 3)
    #expect(text.count < 200)
  }

  @Test func goesIntoListsTreesAndSubsections() throws {
    let text = try lines(SyntheticStream.containers.bytes)
    #expect(text.contains { $0.hasSuffix("list: qtailq of 2 elements") })
    #expect(text.contains { $0.hasSuffix("  list[1]: element e version 1, 1 bytes") })
    #expect(text.contains { $0.hasSuffix("tree: gtree of 1 nodes") })
    #expect(text.contains { $0.hasSuffix("tree[0]/key: uint64 = 171 (0x00000000000000ab)") })
    #expect(text.contains { $0.hasSuffix("number: float64 = 1.5") })
    #expect(text.contains { $0.hasSuffix("odd: bool = 2") })
    #expect(text.contains { $0.hasSuffix("syn/x: subsection version 2") })
    #expect(text.contains { $0.hasSuffix("  b: buffer = aa bb") })
  }

  @Test func escapesWhatIsNoText() throws {
    let field = #"{"name": "a\u001bb", "type": "ui\u0007nt", "size": 1}"#
    let text = try lines(SyntheticStream(body: [7], fields: field).bytes)
    #expect(text.contains { $0.hasSuffix("a\\u{1b}b: ui\\u{7}nt = 07") })
    #expect(!text.joined().unicodeScalars.contains { $0.value < 0x20 })
  }

  @Test func keepsWhatWasReadBeforeAProblem() throws {
    let good = SyntheticStream.containers
    var bytes = good.bytes
    bytes[good.bodyOffset + 20] = 9  // the tree's end marker
    let output = MemoryTextOutput()
    let result = try DumpText.dump(MemoryChannel(bytes), to: output)
    #expect(result.error?.code == .badDescription)
    #expect(output.text.contains("fields before the problem:"))
    #expect(output.text.contains("list[1]/v") || output.text.contains("list: qtailq"))
    #expect(output.text.contains("problem: syn/tree: "))
    #expect(output.text.contains("the rest of a section that could not be read"))
    #expect(output.text.contains("end of the sections"))
  }

  @Test func showsTimersAndBools() throws {
    let fields = [
      #"{"name": "off", "type": "timer", "size": 8}"#,
      #"{"name": "on", "type": "timer", "size": 8}"#,
      #"{"name": "yes", "type": "bool", "size": 1}"#,
      #"{"name": "many", "array_len": 6, "type": "uint8", "size": 1}"#,
    ].joined(separator: ", ")
    let body = hex("ffffffffffffffff 0000000077359401 01 07 07 07 07 00 ff")
    let text = try lines(SyntheticStream(body: body, fields: fields).bytes)
    #expect(text.contains { $0.hasSuffix("off: timer = not armed") })
    #expect(text.contains { $0.hasSuffix("on: timer = 2000000001 ns (2.000000001 s)") })
    #expect(text.contains { $0.hasSuffix("yes: bool = true") })
    #expect(text.contains { $0.hasSuffix("many: uint8[6] = 0x7 × 4, 0, 0xff") })
  }

  @Test func shortensWhatIsVeryLong() throws {
    let fields = [
      #"{"name": "long", "type": "buffer", "size": 70000}"#,
      #"{"name": "many", "array_len": 70000, "type": "uint8", "size": 1}"#,
    ].joined(separator: ", ")
    let body = (0..<140_000).map { UInt8(truncatingIfNeeded: $0) }
    let text = try lines(SyntheticStream(body: body, fields: fields).bytes)
    #expect(text.contains { $0.hasSuffix("long: buffer, 70000 bytes") })
    #expect(text.contains { $0.hasSuffix("… 4464 more bytes") })
    #expect(text.contains { $0.hasSuffix("many: uint8[70000] =") })
    #expect(text.contains { $0.hasSuffix("… 4464 more") })
  }

  @Test func asksAReaderOfBlobs() throws {
    var options = DumpOptions(sections: [GlobPattern("syn")])
    options.decode = { entry in entry.type == "buffer" ? ["decoded \(entry.path)"] : nil }
    let text = try lines(SyntheticStream.containers.bytes, options)
    #expect(text.contains { $0.hasSuffix("decoded syn/syn/x/b") })
  }

  @Test func shortensRunsOfEqualLines() {
    let lines = HexDump.lines([UInt8](repeating: 0x41, count: 64) + [0x42], base: 256)
    #expect(
      lines == [
        "00000100  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41 |AAAAAAAAAAAAAAAA|", "*",
        "00000140  42                                               |B|",
      ], "\(lines)")
  }
}
