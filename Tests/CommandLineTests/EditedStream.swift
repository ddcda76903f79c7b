import TestSupport
import VMState
import VMStateInspect

/// A recorded stream and where its sections stand, for edits.
struct EditedStream {
  var bytes: [UInt8]
  let walked: WalkedStream

  init(_ name: String) throws {
    bytes = try Fixture.stream(name)
    walked = StreamWalk.collect(MemoryChannel(bytes))
  }

  /// The sections of a name.
  func sections(_ idstr: String) -> [WalkedSection] {
    walked.elements.compactMap { element in
      guard case .section(let section) = element, section.idstr == idstr else { return nil }
      return section
    }
  }

  /// Bytes of a section's body.
  func body(_ section: WalkedSection) -> Range<Int> {
    Int(section.bodyOffset)..<Int(section.bodyOffset + section.bodyLength)
  }

  /// Without what one command takes.
  func withoutCommand(_ number: UInt16) -> [UInt8] {
    var result = bytes
    for case .command(let command) in walked.elements.reversed() where command.number == number {
      let first = Int(command.offset)
      result.removeSubrange(first..<first + 5 + command.payload.count)
    }
    return result
  }

  /// Without the JSON description, or with some of it.
  func cutDescription(keeping count: Int = 0) -> [UInt8] {
    guard let range = walked.descriptionRange else { return bytes }
    return Array(bytes[..<(Int(range.lowerBound) + count)])
  }
}
