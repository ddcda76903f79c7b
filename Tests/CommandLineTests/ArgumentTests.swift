import TestSupport
import Testing
import VMState

/// The command line, by running the built tool.
@Suite struct CommandLineArgumentTests {
  let folder = ToolFolder()

  private func run(_ arguments: String...) throws -> ToolRun {
    try ToolRun(arguments, in: folder)
  }

  @Test func showsHelpWhereItIsAskedFor() throws {
    for words in [["--help"], ["-h"], ["help"]] {
      let result = try ToolRun(words, in: folder)
      #expect(result.status == 0)
      #expect(result.output.hasPrefix("OVERVIEW: "))
      #expect(result.errors.isEmpty)
    }
    let one = try run("help", "verify")
    #expect(one.output.contains("USAGE: vmstate-dump verify "))
    #expect(try run("verify", "x", "--help").output == one.output)
  }

  @Test func showsTheVersion() throws {
    let result = try run("--version")
    #expect(result.status == 0)
    #expect(result.output.wholeMatch(of: /vmstate-dump [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
  }

  @Test func refusesAnEmptyCommandLine() throws {
    let result = try run()
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("USAGE: "))
  }

  @Test(arguments: [
    (["sumary", "x"], "Did you mean 'summary'?"),
    (["help", "verfiy"], "Did you mean 'verify'?"),
    (["verify", "--fromat", "json", "x"], "Did you mean '--format'?"),
    (["verify", "--format", "jsno", "x"], "Did you mean 'json'?"),
    (["verify", "--format"], "Missing value for '--format <format>'"),
    (["verify"], "Missing expected argument '<file>'"),
    (["reencode", "x"], "Missing expected option '--output <path>'"),
    (["reencode", "a/x", "b/x", "-o", "out"], "Two files have the same name"),
    (["reencode", "a", "b", "-o", "-"], "Several files cannot go to standard output"),
    (["sections", "x", "y"], "Unexpected argument 'y'"),
    (["sections", "x", "--format", "json", "--format", "text"], "'--format' is given twice"),
  ])
  func explainsAMistake(words: [String], sentence: String) throws {
    let result = try ToolRun(words, in: folder)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(sentence), "\(result.errors)")
  }

  @Test func takesValuesInBothSpellings() throws {
    folder.write(try Fixture.stream("10.0/none"), to: "none")
    let one = try run("summary", "none", "--format", "json")
    let other = try run("--format=json", "none")
    #expect(one.status == 0)
    #expect(one.output == other.output)
  }

  @Test func endsOptionsAtTwoDashes() throws {
    folder.write(try Fixture.stream("10.0/none"), to: "--format")
    let result = try run("summary", "--", "--format")
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("--format\n"))
  }

  @Test func saysThatAFileIsMissing() throws {
    for command in ["summary", "sections", "verify"] {
      let result = try run(command, "nowhere")
      #expect(result.status == 66)
      #expect(result.errors.contains("cannot open nowhere: No such file or directory"))
    }
    #expect(try run(".").status == 66)
  }

  @Test func escapesControlCharactersOfTheCommandLine() throws {
    let result = try run("summary", "--\u{1b}[31mred", "x")
    #expect(result.status == 64)
    #expect(!result.errors.contains("\u{1b}"))
    #expect(try run("\u{1b}[2J").errors.contains("\u{1b}") == false)
  }
}
