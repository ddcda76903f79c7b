import TestSupport
import Testing
import VMState
import VMStateInspect

/// What the tool does with its outputs.
@Suite struct CommandLineOutputTests {
  let folder = ToolFolder()

  @Test func readsStandardInput() throws {
    folder.write(try Fixture.stream("10.0/pc"), to: "pc")
    let file = try ToolRun(["sections", "pc"], in: folder)
    let redirected = try ToolRun(["sections", "-"], in: folder, input: "pc")
    let piped = try ToolRun(["sections", "-"], in: folder, script: "cat pc | \"$@\"")
    #expect(file.status == 0)
    #expect(redirected.output == file.output)
    #expect(piped.output == file.output)
  }

  /// In a page, in a device, and in the first bytes.
  @Test(arguments: [300_000, 740_000, 21])
  func showsTheBytesAroundAProblemInAPipe(length: Int) throws {
    folder.write(Array(try Fixture.stream("10.0/pc").prefix(length)), to: "cut")
    func rows(_ result: ToolRun) -> [Substring] {
      result.errors.split(separator: "\n").filter { $0.hasPrefix("    ") }
    }
    let file = try ToolRun(["summary", "cut"], in: folder)
    let piped = try ToolRun(["summary", "-"], in: folder, script: "cat cut | \"$@\"")
    #expect(!rows(file).isEmpty)
    #expect(rows(piped) == rows(file))
  }

  @Test func endsQuietlyWhenItsReaderGoesAway() throws {
    folder.write(try Fixture.stream("7.2/rounds"), to: "rounds")
    let result = try ToolRun(
      ["sections", "rounds", "rounds"].dropLast() + [], in: folder,
      script: "for i in 1 2 3 4 5 6 7 8 9; do \"$@\"; done | head -n 1")
    #expect(result.errors.isEmpty)
    #expect(result.output.contains("offset"))
  }

  @Test func saysThatItCannotWrite() throws {
    folder.write(try Fixture.stream("10.0/none"), to: "none")
    let result = try ToolRun(["none"], in: folder, script: "\"$@\" > /dev/full")
    #expect(result.status == 1)
    #expect(result.errors.contains("cannot write the output: No space left on device"))
  }

  @Test func usesNoColourInAPipe() throws {
    folder.write(Array(try Fixture.stream("10.0/none").prefix(300)), to: "cut")
    let result = try ToolRun(["verify", "cut"], in: folder)
    #expect(result.status == 65)
    #expect(!result.output.contains("\u{1b}"))
    #expect(!result.errors.contains("\u{1b}"))
  }

  @Test func escapesNamesOfTheStream() throws {
    var bytes = try Fixture.stream("10.0/none")
    let name = Array("globalstate".utf8)
    // The name in the section's header becomes one that would clear a terminal.
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: [11] + name) })
    bytes.replaceSubrange(place + 1...place + 11, with: hex("1b 5b 32 4a 0a 07 9b c2 9b e2 80"))
    folder.write(bytes, to: "hostile")
    for command in ["summary", "sections", "verify"] {
      let result = try ToolRun([command, "hostile"], in: folder)
      let text = result.output + result.errors
      #expect(!text.contains("\u{1b}") && !text.contains("\u{7}") && !text.contains("\u{9b}"))
      #expect(text.contains("\\u{1b}[2J"), "\(command)")
    }
  }

  @Test(arguments: ["summary", "sections", "verify"])
  func printsJSONWithASchemaNumber(command: String) throws {
    folder.write(try Fixture.stream("10.0/pc"), to: "pc")
    folder.write(Array(try Fixture.stream("10.0/pc").prefix(300_000)), to: "cut")
    for file in ["pc", "cut"] {
      let result = try ToolRun([command, file, "--format", "json"], in: folder)
      #expect(result.status == (file == "pc" ? 0 : 65))
      let value = try JSONValue.parse(Array(result.output.utf8))
      #expect(value["schema"]?.int == 1)
      #expect(value["command"]?.text == command)
      #expect(value["file"]?.text == file)
    }
  }

  @Test(arguments: ["10.0/pc", "7.2/xbzrle", "10.0/mapped-ram", "7.2/postcopy", "7.2/none"])
  func reencodesIdentically(name: String) throws {
    let bytes = try Fixture.stream(name)
    folder.write(bytes, to: "in")
    let result = try ToolRun(["reencode", "in", "-o", "out"], in: folder)
    #expect(result.status == 0)
    #expect(folder.content("out") == bytes)
    #expect(folder.names() == ["in", "out"])
  }

  @Test func reencodesSeveralFilesIntoAFolder() throws {
    let names = [
      "10.0/multifd-tee-multifd-main", "10.0/multifd-tee-multifd0", "10.0/multifd-tee-multifd1",
    ]
    let files = try names.map { name in
      folder.write(
        try Fixture.stream(name), to: String(name.split(separator: "/").last ?? ""))
    }
    let result = try ToolRun(["reencode"] + files + ["-o", "again"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(folder.names("again") == files.sorted())
    for file in files { #expect(folder.content("again/" + file) == folder.content(file)) }
  }

  @Test func leavesTheOldFileWhenTheNewOneCannotBeMade() throws {
    folder.write([1, 2, 3], to: "out")
    let result = try ToolRun(["reencode", "nowhere", "-o", "out"], in: folder)
    #expect(result.status == 66)
    #expect(folder.content("out") == [1, 2, 3])
    folder.write(try Fixture.stream("10.0/none"), to: "none")
    let refused = try ToolRun(["reencode", "none", "-o", "no/such/folder"], in: folder)
    #expect(refused.status == 1)
    #expect(folder.names() == ["none", "out"])
  }

  @Test(arguments: [["--section", "i82?"], ["--field", "nothing/*"]])
  func saysThatNothingFits(words: [String]) throws {
    folder.write(try Fixture.stream("10.0/pc"), to: "state")
    let result = try ToolRun(["dump", "state"] + words, in: folder)
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("fits '\(words[1])'"), "\(result.errors)")
  }

  @Test func saysThatAFileIsNothingItKnows() throws {
    folder.write(Array("root:x:0:0\n".utf8), to: "users")
    let result = try ToolRun(["users"], in: folder)
    #expect(result.status == 65)
    #expect(result.output.contains("container    not recognised"), "\(result.output)")
    #expect(result.output.contains("no VM state begins here"))
  }

  @Test func comparesTheFilesBesideAStream() throws {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    let stream = try Fixture.stream("10.0/none")
    let end = try #require(StreamWalk.collect(MemoryChannel(stream)).descriptionRange).lowerBound
    let head = Array(stream[..<Int(end)])
    let text = """
      {"vmstate_integrity": {"version": 1, "length": \(end), \
      "crc32c": "\(CRC32C.text(CRC32C(of: head).value))", "sections": [], \
      "files": [{"name": "disk", "size": 3, "sha256": "\(abc)"}], "end": "vmstate"}, \
      \(String(decoding: stream[(Int(end) + 6)...], as: UTF8.self))
      """
    let length = withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian, Array.init)
    folder.write(head + [6] + length + Array(text.utf8), to: "state")
    let missing = try ToolRun(["verify", "state"], in: folder)
    #expect(missing.status == 1)
    #expect(missing.output.contains("disk was not compared: no such file"), "\(missing.output)")
    folder.write(Array("abc".utf8), to: "disk")
    let same = try ToolRun(["verify", "state"], in: folder)
    #expect(same.status == 0, "\(same.output)")
    #expect(same.output.contains("file beside: disk, 3 bytes, as it was"))
    folder.write(Array("abd".utf8), to: "disk")
    let other = try ToolRun(["verify", "state"], in: folder)
    #expect(other.status == 1)
    #expect(other.output.contains("disk has another content than when the state was saved"))
    let elsewhere = try ToolRun(["verify", "state", "--beside", "/nowhere"], in: folder)
    #expect(elsewhere.status == 1)
  }
}
