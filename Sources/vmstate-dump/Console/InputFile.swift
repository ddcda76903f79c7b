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

  /// Opens a file.
  ///
  /// - Throws: `channelFailed`.
  static func open(_ path: String, _ console: Console) throws(VMStateError) -> any ByteChannel {
    if path == "-" {
      return console.watched(
        try FileDescriptorChannel(STDIN_FILENO, .borrowed, name: "standard input"), "-")
    }
    return console.watched(try FileChannel(reading: path), path)
  }

  /// The text of a JSON file; nil if the file is something else.
  ///
  /// - Throws: `channelFailed`, `limitExceeded`.
  static func jsonText(
    _ path: String, _ console: Console
  ) throws(VMStateError) -> [UInt8]? {
    guard path != "-" else { return nil }
    let channel = try open(path, console)
    var reader = StreamReader(channel)
    guard try reader.peekByte() == UInt8(ascii: "{") else { return nil }
    let size = Int(clamping: channel.size ?? 0)
    return try reader.getBytes(size, limit: 64 << 20)
  }

  /// What a file is called in what is printed.
  static func title(_ path: String) -> String { path == "-" ? "standard input" : path }

  /// The last part of a path.
  static func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// The options of every command that reads streams.
struct InputOptions {
  var layouts: String?

  static var parameters: [Parameter<Self>] {
    [
      .option(
        "--desc", value: "file", \.layouts,
        "Take layouts from this stream, or from a JSON description, where the file has none.")
    ]
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
    let channel = try InputFile.open(path, console)
    var reader = StreamReader(channel)
    if try reader.peekByte() == UInt8(ascii: "{") {
      let size = Int(clamping: channel.size ?? 64 << 20)
      return try StreamDescription(parsing: try reader.getBytes(size, limit: 64 << 20))
    }
    guard let found = try DescriptionLocator.find(in: try InputFile.open(path, console)) else {
      throw VMStateError(
        .badDescription, "\(path) has no JSON description", expected: "a stream that has one")
    }
    return found.description
  }
}
