import VMState
import VMStateInspect

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files named on the command line; `-` is standard input.
enum InputFile {
  /// True if there is something of this name.
  static func exists(_ path: String) -> Bool { path == "-" || access(path, F_OK) == 0 }

  /// True for a file with a content of its own, not a pipe, device or folder.
  static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The folder that a file is in.
  static func folder(_ path: String) -> String {
    guard path != "-", let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The text of a JSON file; nil if the file is something else.
  ///
  /// - Throws: `channelFailed`, `limitExceeded`.
  static func jsonText(_ path: String) throws(VMStateError) -> [UInt8]? {
    guard path != "-" else { return nil }
    let channel = try FileChannel(reading: path)
    var reader = StreamReader(channel)
    guard try reader.peekByte() == UInt8(ascii: "{") else { return nil }
    return try reader.getBytes(Int(clamping: channel.size ?? 0), limit: 64 << 20)
  }

  /// What a file is called in what is printed.
  static func title(_ path: String) -> String { path == "-" ? "standard input" : path }

  /// The last part of a path.
  static func baseName(_ path: String) -> String {
    path == "-" ? "stdin" : path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// The options of every command that reads streams.
struct InputOptions {
  var layouts: String?
  var snapshot: String?
  var offset: UInt64?

  static var parameters: [Parameter<Self>] {
    [
      .option(
        "--snapshot", value: "name", \.snapshot,
        "The qcow2 snapshot, by name or id; without it the first one that holds a VM state."),
      .option(
        "--offset", value: "bytes", \.offset, "Where in the file the state begins."),
      .option(
        "--desc", value: "file", \.layouts,
        "Take layouts from this stream, or from a JSON description, where the file has none."),
    ]
  }

  /// Opens a file, whatever is around the stream in it.
  ///
  /// - Throws: What `StateFile.open` throws.
  func open(_ path: String, _ console: Console) throws(VMStateError) -> OpenedState {
    let options = StateFile.Options(offset: offset ?? 0, snapshot: snapshot)
    var opened = try StateFile.open(path, options)
    let name = PrintableText.escaped(InputFile.title(path))
    for warning in opened.warnings { console.remark("\(name): \(PrintableText.escaped(warning))") }
    opened.channel = console.watched(opened.channel, path)
    return opened
  }

  /// Opens the stream in a file.
  ///
  /// - Throws: What `StateFile.open` throws.
  func channel(_ path: String, _ console: Console) throws(VMStateError) -> any ByteChannel {
    try open(path, console).channel
  }

  /// How streams are walked.
  func walkOptions(_ console: Console) throws(VMStateError) -> WalkOptions {
    guard let layouts else { return WalkOptions() }
    return WalkOptions(learned: try Self.description(layouts, console))
  }

  /// The description in a file: a stream's, or its bare JSON text.
  static func description(
    _ path: String, _ console: Console
  ) throws(VMStateError) -> StreamDescription {
    let opened = try InputOptions().open(path, console)
    if opened.content == .unknown {
      var reader = StreamReader(opened.channel)
      let size = Int(clamping: opened.channel.size ?? 0)
      guard try reader.peekByte() == UInt8(ascii: "{") else { throw missing(path) }
      return try StreamDescription(parsing: try reader.getBytes(size, limit: 64 << 20))
    }
    guard let found = try DescriptionLocator.find(in: opened.channel) else { throw missing(path) }
    return found.description
  }

  private static func missing(_ path: String) -> VMStateError {
    VMStateError(
      .badDescription, "\(path) has no JSON description", expected: "a stream that has one")
  }
}
