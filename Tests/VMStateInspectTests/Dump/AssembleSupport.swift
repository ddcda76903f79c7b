import TestSupport
import VMState
import VMStateInspect

/// Dumps and assembles in memory.
enum Lossless {
  static func json(_ bytes: [UInt8], files: PageFiles? = nil) throws -> [UInt8] {
    let output = MemoryTextOutput()
    _ = try DumpJSON.dump(MemoryChannel(bytes), files: files, to: output)
    return output.bytes
  }

  static func assemble(_ json: [UInt8], files: PageSources? = nil) throws -> [UInt8] {
    let target = MemoryChannel()
    let result = try Assembler.assemble(MemoryChannel(json), files: files, to: target)
    precondition(result.length == target.size, "\(result.length) bytes said")
    return target.bytes
  }

  static func difference(_ one: [UInt8], _ other: [UInt8]) -> Int? {
    one == other
      ? nil
      : zip(one, other).enumerated().first { $1.0 != $1.1 }?.offset ?? min(one.count, other.count)
  }

  /// A dump's text as a value, whatever its size.
  static func value(_ json: [UInt8]) throws -> JSONValue {
    var limits = Limits()
    limits.descriptionBytes = .max
    limits.depth = 128
    return try JSONValue.parse(json, limits: limits)
  }
}
