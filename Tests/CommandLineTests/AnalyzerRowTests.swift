import TestSupport
import Testing
import VMState
import VMStateInspect

/// Inputs with which QEMU's analyzer fails, and what the tool shows of them.
///
/// The analyzer is the script that comes with QEMU 10.0; what it says was seen by running it.
/// It prints nothing on standard output in any of these cases but the first ones.
@Suite struct AnalyzerRowTests {
  /// One input.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    /// What the analyzer says.
    let analyzer: String
    /// Makes the input.
    let make: @Sendable () throws -> [UInt8]
    /// How the tool's summary ends.
    var status: Int32 = 0
    /// What its output must hold.
    let shows: [String]
    /// What its messages must hold.
    var says: [String] = []

    var testDescription: String { name }
  }

  private static func fixture(_ name: String) -> @Sendable () throws -> [UInt8] {
    { try Fixture.stream(name) }
  }

  static let records: [Row] = [
    Row(
      name: "plain stream", analyzer: "works", make: fixture("10.0/pc"),
      shows: ["machine      pc-i440fx-10.0", "needs -m 8", "problems     none"]),
    Row(
      name: "two slirp stacks", analyzer: "works; the second description stands for both",
      make: fixture("7.2/slirp"), shows: ["slirp", "problems     none"]),
    Row(
      name: "plain stream of 7.2", analyzer: "works", make: fixture("7.2/pc"),
      shows: ["machine      pc-i440fx-7.2", "needs -m 8", "problems     none"]),
    Row(
      name: "one slirp stack", analyzer: "works", make: fixture("7.2/slirp"),
      shows: ["slirp                         155 B", "undescribed  0 of 1048732 bytes (0.00 %)"]),
    Row(
      name: "x-ignore-shared", analyzer: "works, RAM simply absent",
      make: fixture("10.0/ignore-shared"), shows: ["memory is outside the stream"]),
    Row(
      name: "CPR reboot", analyzer: "works, RAM simply absent", make: fixture("10.0/cpr-reboot"),
      shows: ["memory is outside the stream"]),
    Row(
      name: "multifd main channel", analyzer: "works, no hint that pages are elsewhere",
      make: fixture("10.0/multifd-tee-multifd-main"),
      shows: ["pages are in the multifd channels' files: give them too"]),
    Row(
      name: "multifd main channel of 7.2", analyzer: "works, no hint that pages are elsewhere",
      make: fixture("7.2/multifd-zlib-multifd-main"),
      shows: ["multifd channels; give them too"]),
    Row(
      name: "multifd channel", analyzer: "OSError: [Errno 22] Invalid argument",
      make: fixture("10.0/multifd-tee-multifd0"),
      shows: ["multifd channel", "pages: 132 normal, 797 zero", "give the main stream's file"]),
    Row(
      name: "mapped-ram", analyzer: "AttributeError: 'str' object has no attribute 'decode'",
      make: fixture("10.0/mapped-ram"), shows: ["mapped-ram", "pages: 167 normal, 1881 zero"]),
    Row(
      name: "XBZRLE", analyzer: "XBZRLE RAM compression is not supported yet",
      make: fixture("10.0/xbzrle"), shows: ["xbzrle", "problems     none"]),
    Row(
      name: "compressed pages", analyzer: "Unknown RAM flags: 100", make: fixture("7.2/compress"),
      shows: ["compressed", "problems     none"]),
    Row(
      name: "dirty bitmaps", analyzer: "Unknown QEMU_VM_COMMAND: 3",
      make: fixture("10.0/dirty-bitmaps"), shows: ["dirty-bitmap", "problems     none"]),
    Row(
      name: "dirty bitmaps without the command", analyzer: "KeyError: ('dirty-bitmap', 0)",
      make: { try EditedStream("10.0/dirty-bitmaps").withoutCommand(3) },
      shows: ["dirty-bitmap", "problems     none"]),
    Row(
      name: "return path", analyzer: "Unknown QEMU_VM_COMMAND: 1",
      make: fixture("7.2/return-path"), shows: ["OPEN_RETURN_PATH", "problems     none"]),
    Row(
      name: "postcopy", analyzer: "OSError: [Errno 22] Invalid argument",
      make: fixture("7.2/postcopy"), shows: ["postcopy", "POSTCOPY_RUN", "globalstate"]),
    Row(
      name: "postcopy of 10.0", analyzer: "OSError: [Errno 22] Invalid argument",
      make: fixture("10.0/postcopy-paused-dest"), shows: ["postcopy", "POSTCOPY_LISTEN"]),
    Row(
      name: "CPR state", analyzer: "Invalid file magic 51435052",
      make: {
        hex("51435052 00000001 01 00000008 70632e62696f7300 00000000 20 00")
      }, shows: ["CPR state", "descriptor pc.bios, id 0"]),
    Row(
      name: "x-ignore-shared of 7.2", analyzer: "Unknown section type: 5",
      make: fixture("7.2/ignore-shared"),
      shows: ["capabilities x-ignore-shared", "memory is outside the stream"]),
    Row(
      name: "disks in the stream", analyzer: "KeyError: ('block', 0)", make: fixture("7.2/block"),
      shows: ["block", "problems     none"]),
  ]

  static let containers: [Row] = [
    Row(
      name: "libvirt save image", analyzer: "Invalid file magic 4c696276",
      make: fixture("containers/libvirt-raw"),
      shows: ["libvirt save image", "machine      none", "pages: 1024 zero"]),
    Row(
      name: "qcow2 image", analyzer: "OSError: [Errno 22] Invalid argument",
      make: fixture("containers/qcow2-4k"), shows: ["qcow2 snapshot"],
      says: ["no snapshot was named"]),
    Row(
      name: "savevm stream in its qcow2", analyzer: "works, once it has been taken out",
      make: fixture("10.0/savevm-qcow2"),
      shows: ["qcow2 snapshot", "machine      pc-i440fx-10.0", "problems     none"]),
    Row(
      name: "mapped-ram snapshot", analyzer: "AttributeError: 'str' object has no attribute",
      make: fixture("containers/qcow2-mapped-ram"),
      shows: ["mapped-ram", "problems     none"]),
  ]

  static let damaged: [Row] = [
    Row(
      name: "cut inside the JSON", analyzer: "JSONDecodeError: Unterminated string",
      make: { try EditedStream("10.0/pc").cutDescription(keeping: 5000) }, status: 65,
      shows: ["machine      pc-i440fx-10.0", "globalstate", "pages: 175 normal"],
      says: ["a JSON description that does not fit"]),
    Row(
      name: "cut in the middle of RAM", analyzer: "No Debug Migration device found",
      make: { Array(try Fixture.stream("10.0/pc").prefix(400_000)) }, status: 65,
      shows: ["machine      pc-i440fx-10.0", "pc.ram"],
      says: ["the stream ends too early", "offset    400000", "section   PART 'ram'"]),
    Row(
      name: "cut to 100 bytes", analyzer: "OSError: [Errno 22] Invalid argument",
      make: { Array(try Fixture.stream("10.0/pc").prefix(100)) }, status: 65,
      shows: ["machine      pc-i440fx-10.0"], says: ["the stream ends too early"]),
    Row(
      name: "cut to 4 bytes", analyzer: "OSError: [Errno 22] Invalid argument",
      make: { Array(try Fixture.stream("10.0/pc").prefix(4)) }, status: 65, shows: [],
      says: ["ends too early"]),
    Row(
      name: "empty", analyzer: "OSError: [Errno 22] Invalid argument", make: { [] }, status: 65,
      shows: [], says: ["no data"]),
    Row(
      name: "description removed", analyzer: "OSError: [Errno 22] Invalid argument",
      make: { try EditedStream("10.0/pc").cutDescription() },
      shows: ["description  none", "globalstate", "pages: 175 normal"]),
    Row(
      name: "5000 zero bytes behind it", analyzer: "OSError: [Errno 22] Invalid argument",
      make: { try Fixture.stream("10.0/pc") + [UInt8](repeating: 0, count: 5000) },
      shows: ["848619 bytes, 5000 bytes behind it", "5000 bytes follow the end"]),
    Row(
      name: "magic changed", analyzer: "Invalid file magic 5845564d",
      make: { [UInt8(ascii: "X")] + (try Fixture.stream("10.0/pc")).dropFirst() }, status: 65,
      shows: [], says: ["not a migration stream", "found     58 45 56 4d", "\"QEVM\""]),
    Row(
      name: "version 2", analyzer: "Invalid version number 2",
      make: {
        var bytes = try Fixture.stream("10.0/pc")
        bytes[7] = 2
        return bytes
      }, status: 65, shows: [], says: ["unsupported stream version", "found     2"]),
    Row(
      name: "a footer overwritten", analyzer: "Mismatched section footer",
      make: {
        var stream = try EditedStream("10.0/pc")
        let section = try #require(stream.sections("i8254").first)
        stream.bytes[stream.body(section).upperBound] = 0
        return stream.bytes
      }, status: 65, shows: ["hpet", "i8254"],
      says: ["Missing section footer", "expected  0x7e", "section   FULL 'i8254'"]),
  ]

  /// What was read in the analyzer's source.
  static let read: [Row] = [
    Row(
      name: "a name of 200 bytes", analyzer: "Unexpected end: the length is read as signed",
      make: { try EditedStream("10.0/pc").renamed("vmmouse", String(repeating: "n", count: 200)) },
      shows: [String(repeating: "n", count: 200), "hpet"]),
    Row(
      name: "RAM of version 5", analyzer: "Unknown RAM version 5",
      make: {
        var stream = try EditedStream("10.0/pc")
        let section = try #require(stream.sections("ram").first)
        stream.bytes[Int(section.bodyOffset) - 1] = 5
        return stream.bytes
      }, shows: ["ram", "version 5"]),
    Row(
      name: "an unknown RAM flag", analyzer: "Unknown RAM flags: 400",
      make: {
        var stream = try EditedStream("10.0/pc")
        let section = try #require(stream.sections("ram").last)
        stream.bytes[Int(section.bodyOffset) + 6] |= 0x04
        return stream.bytes
      }, status: 65, shows: ["globalstate"], says: ["section   END 'ram'"]),
    Row(
      name: "a description that lies about a size", analyzer: "misread silently",
      make: {
        try EditedStream("10.0/pc").replacing(
          #""name": "outport", "type": "uint8", "size": 1"#,
          with: #""name": "outport", "type": "uint8", "size": 2"#)
      }, status: 65, shows: ["port92", "globalstate"], says: ["section   FULL 'port92'"]),
    Row(
      name: "one name and instance twice", analyzer: "the last description counts for both",
      make: { try EditedStream("10.0/pc").twice("port92") },
      shows: ["port92: comes more than once"]),
  ]

  @Test func takesTheMemoryOut() throws {
    // The analyzer with -m: TypeError at the first page that is not zero.
    let folder = ToolFolder()
    folder.write(try Fixture.stream("10.0/pc"), to: "input")
    let result = try ToolRun(["ram", "input", "-o", "memory"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(folder.content("memory").count == 8 << 20)
    #expect(folder.content("memory").contains { $0 != 0 })
  }

  @Test(arguments: records + containers + damaged + read)
  func showsWhatTheAnalyzerCannot(row: Row) throws {
    let folder = ToolFolder()
    folder.write(try row.make(), to: "input")
    let result = try ToolRun(["input"], in: folder)
    #expect(result.status == row.status, "\(result.errors)")
    for text in row.shows { #expect(result.output.contains(text), "\(result.output)") }
    for text in row.says { #expect(result.errors.contains(text), "\(result.errors)") }
  }

  @Test func saysInOneLineThatAFileIsMissing() throws {
    // The analyzer: FileNotFoundError inside a second exception.
    let result = try ToolRun(["nothing-here"], in: ToolFolder())
    #expect(result.status == 66)
    #expect(result.errors.filter { $0 == "\n" }.count == 1)
  }
}
