import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Help screens and outputs are those in `Tests/Snapshots`.
///
/// `Tests/Tools/snapshots.sh` writes them anew; the difference is then for a person to judge.
@Suite struct SnapshotTests {
  static let commands = [
    "summary", "sections", "dump", "snapshots", "schema", "report", "verify", "check", "diff",
    "ram", "extract", "reencode", "patch", "assemble",
  ]

  @Test func showsTheOverview() throws {
    try expect(try ToolRun(["--help"], in: ToolFolder()), is: "help.txt")
  }

  @Test(arguments: commands)
  func showsTheHelpOfACommand(command: String) throws {
    try expect(try ToolRun([command, "--help"], in: ToolFolder()), is: "help-\(command).txt")
  }

  @Test func listsEveryCommandInTheOverview() throws {
    let overview = try ToolRun(["--help"], in: ToolFolder()).output
    let listed = overview.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  "), let word = line.split(separator: " ").first,
        word.allSatisfy({ $0.isLowercase }), !line.hasPrefix("   ")
      else { return nil }
      return String(word)
    }
    #expect(listed.filter { $0 != "good," }.sorted() == Self.commands.sorted())
  }

  /// Name of the snapshot, fixtures, arguments behind which the files' names come.
  static let outputs: [(String, [String], [String])] = [
    ("summary-pc", ["10.0/pc"], ["summary"]), ("summary-none", ["10.0/none"], ["summary"]),
    ("summary-rounds", ["7.2/rounds"], ["summary"]),
    ("summary-postcopy", ["7.2/postcopy"], ["summary"]),
    ("summary-mapped", ["10.0/mapped-ram"], ["summary"]),
    (
      "summary-multifd",
      [
        "10.0/multifd-tee-multifd1", "10.0/multifd-tee-multifd-main", "10.0/multifd-tee-multifd0",
      ], ["summary"]
    ), ("summary-none-json", ["10.0/none"], ["summary", "--format", "json"]),
    ("sections-none", ["10.0/none"], ["sections"]),
    ("sections-postcopy", ["7.2/postcopy"], ["sections"]),
    ("sections-none-json", ["10.0/none"], ["sections", "--format", "json"]),
    ("verify-pc", ["10.0/pc"], ["verify"]),
    ("check-same", ["10.0/pc", "10.0/pc-file"], ["check", "--against"]),
    ("check-cpu", ["10.0/pc", "10.0/pc-smp2"], ["check", "--against"]),
    ("check-less", ["10.0/pc-smp2", "10.0/pc"], ["check", "--against"]),
    ("check-release", ["7.2/q35", "10.0/pc"], ["check", "--against"]),
    ("check-pages", ["7.2/xbzrle", "7.2/compress"], ["check", "--against"]),
    ("check-cpu-json", ["10.0/pc", "10.0/pc-smp2"], ["check", "--format", "json", "--against"]),
    ("dump-timers", ["10.0/pc"], ["dump", "--section", "i8254", "--section", "global*"]),
  ]

  @Test(arguments: outputs)
  func printsTheSame(name: String, fixtures: [String], arguments: [String]) throws {
    let folder = ToolFolder()
    let files = try fixtures.map { fixture in
      folder.write(
        try Fixture.stream(fixture), to: String(fixture.split(separator: "/").last ?? ""))
    }
    try expect(try ToolRun(arguments + files, in: folder), is: name + ".txt")
  }

  @Test func explainsADamagedStreamInTheSameWords() throws {
    let folder = ToolFolder()
    var stream = try EditedStream("10.0/pc")
    let section = try #require(stream.sections("0000:00:01.3/piix4_pm").first)
    // Four bytes too many in front of the sixth subsection-free field.
    stream.bytes.insert(contentsOf: hex("a5 5a c3 3c"), at: Int(section.bodyOffset) + 300)
    folder.write(stream.bytes, to: "damaged")
    folder.write(try Fixture.stream("10.0/pc-smp2"), to: "good")
    try expect(
      try ToolRun(["verify", "damaged", "--good", "good"], in: folder), is: "verify-pinned.txt")
    folder.write(Array(stream.bytes.prefix(500_000)), to: "cut")
    try expect(try ToolRun(["summary", "cut"], in: folder), is: "summary-cut.txt")
  }

  /// Compares, or writes anew.
  private func expect(_ result: ToolRun, is name: String) throws {
    var text = result.output
    if !result.errors.isEmpty { text += "--- standard error\n" + result.errors }
    text += "--- exit \(result.status)\n"
    let path = Self.folder + name
    if getenv("UPDATE_SNAPSHOTS") != nil {
      let file = try #require(fopen(path, "wb"))
      let bytes = Array(text.utf8)
      #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
      fclose(file)
      return
    }
    let file = try #require(fopen(path, "rb"), "no snapshot \(name)")
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    let stored = String(decoding: bytes.prefix(count), as: UTF8.self)
    let difference = zip(text.split(separator: "\n"), stored.split(separator: "\n"))
      .first { $0 != $1 }
    #expect(
      text == stored,
      "\(name): \(difference.map { "'\($0)' was '\($1)'" } ?? "another length")")
  }

  private static let folder: String = {
    let here = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
    return here.dropLast(2).joined(separator: "/") + "/Snapshots/"
  }()
}
