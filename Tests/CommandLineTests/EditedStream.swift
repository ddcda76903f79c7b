import TestSupport
import Testing
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

  /// With another name for a section, in the stream and in its description.
  func renamed(_ idstr: String, _ name: String) -> [UInt8] {
    var result = Array(bytes[..<endOfSections])
    for section in sections(idstr).reversed() {
      let place = Int(section.offset) + 5
      result.replaceSubrange(
        place...place + idstr.utf8.count, with: [UInt8(name.utf8.count)] + Array(name.utf8))
    }
    return result
      + Self.framed(Self.replacing("\"\(idstr)\"", with: "\"\(name)\"", in: description))
  }

  /// With another text in the description.
  func replacing(_ old: String, with new: String) -> [UInt8] {
    bytes[..<endOfSections] + Self.framed(Self.replacing(old, with: new, in: description))
  }

  /// With a section that comes a second time.
  func twice(_ idstr: String) throws -> [UInt8] {
    let section = try #require(sections(idstr).first)
    let range = Int(section.offset)..<body(section).upperBound + 5
    var result = bytes
    result.insert(contentsOf: bytes[range], at: range.upperBound)
    return result
  }

  private var endOfSections: Int { Int(walked.descriptionRange?.lowerBound ?? walked.length) }

  private var description: String {
    String(decoding: bytes[(endOfSections + 5)...], as: UTF8.self)
  }

  private static func replacing(_ old: String, with new: String, in text: String) -> String {
    let parts = text.split(separator: old, omittingEmptySubsequences: false)
    precondition(parts.count > 1, "the description does not hold \(old)")
    return parts.joined(separator: new)
  }

  private static func framed(_ text: String) -> [UInt8] {
    [6] + withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian, Array.init) + Array(text.utf8)
  }
}
