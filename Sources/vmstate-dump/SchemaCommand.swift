import VMState
import VMStateInspect

/// `vmstate-dump schema FILE` and `vmstate-dump schema --diff OLD NEW`.
enum SchemaCommand {
  /// Runs the command.
  static func run(_ arguments: [String]) -> ExitCode {
    do throws(VMStateError) {
      if arguments.count == 1, !arguments[0].hasPrefix("-") {
        for line in SchemaText.lines(try document(arguments[0])) { print(line) }
        return .good
      }
      guard arguments.count == 3, arguments[0] == "--diff" else {
        complain("schema needs a file, or --diff OLD NEW")
        return .usage
      }
      let diff = SchemaDiff(try document(arguments[1]), try document(arguments[2]))
      for line in SchemaDiffText.lines(diff) { print(line) }
      return diff.isEmpty ? .good : .different
    } catch {
      complain("\(error)")
      return error.code == .channelFailed ? .noInput : .badData
    }
  }

  private static func document(_ path: String) throws(VMStateError) -> SchemaDocument {
    let channel = try FileChannel(reading: path)
    var reader = StreamReader(channel)
    if try reader.peekByte() == UInt8(ascii: "{") {
      let size = Int(clamping: channel.size ?? 0)
      return try SchemaDocument(parsingClasses: try reader.getBytes(size, limit: 64 << 20))
    }
    let stream = StreamWalker.walk(try FileChannel(reading: path))
    guard let description = stream.description else {
      throw VMStateError(.badDescription, "\(path): the stream has no JSON description")
    }
    return SchemaDocument(description, machine: stream.configuration?.machineTypeText)
  }
}
