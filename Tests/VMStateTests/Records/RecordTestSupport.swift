import TestSupport
import Testing
import VMState

/// What a decoder makes of bytes, and how many it took.
func decoded<T>(
  _ bytes: [UInt8], _ decode: (inout StreamReader) throws -> T
) throws -> (value: T, consumed: Int) {
  var reader = StreamReader(MemoryChannel(bytes))
  let value = try decode(&reader)
  return (value, Int(reader.position))
}

/// The error of a decoder; nil if it succeeds.
func refusal<T>(
  _ bytes: [UInt8], _ decode: (inout StreamReader) throws -> T
) -> VMStateError? {
  do {
    _ = try decoded(bytes, decode)
    return nil
  } catch let error as VMStateError {
    return error
  } catch {
    Issue.record(error)
    return nil
  }
}

/// Every proper prefix must be refused as cut.
func expectCutsRefused<T>(
  _ bytes: [UInt8], _ decode: (inout StreamReader) throws -> T,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for count in bytes.indices {
    let code = refusal(Array(bytes[..<count]), decode)?.code
    #expect(code == .endOfStream, "cut at \(count)", sourceLocation: sourceLocation)
  }
}

/// Bytes of a name with its count.
func counted(_ name: String) -> [UInt8] { [UInt8(name.utf8.count)] + Array(name.utf8) }

/// The bytes of text.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
