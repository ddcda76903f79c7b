import TestSupport
import Testing
import VMState
import VMStateInspect

/// A recorded stream with sums added to its description, by code that knows only their form.
struct SummedStream {
  var bytes: [UInt8]
  /// Behind the EOF byte.
  let end: Int
  let walked: WalkedStream

  /// - Parameters:
  ///   - shift: Added to every offset in the index, to make it wrong.
  ///   - files: JSON objects for files beside the stream.
  init(_ name: String, isStrong: Bool = true, shift: Int = 0, files: [String] = []) throws {
    let original = try Fixture.stream(name)
    walked = StreamWalk.collect(MemoryChannel(original))
    let range = try #require(walked.descriptionRange)
    end = Int(range.lowerBound)
    let head = Array(original[..<end])
    let sections = walked.elements.compactMap { element -> String? in
      guard case .section(let section) = element else { return nil }
      let first = Int(section.offset)
      let last = Int(section.bodyOffset + section.bodyLength) + (section.hasFooter ? 5 : 0)
      return """
        {"name": "\(section.idstr)", "instance_id": \(section.instance), \
        "offset": \(first + shift), "length": \(last - first), \
        "crc32c": "\(CRC32C.text(CRC32C(of: Array(head[first..<last])).value))"}
        """
    }
    var sha = SHA256()
    head.withUnsafeBytes { sha.update($0) }
    let text = """
      , "vmstate_integrity": {"version": 1, "length": \(end), \
      "crc32c": "\(CRC32C.text(CRC32C(of: head).value))", \
      \(isStrong ? "\"sha256\": \"\(sha.text)\", " : "")\
      "sections": [\(sections.joined(separator: ", "))], \
      "files": [\(files.joined(separator: ", "))], "end": "vmstate"}}
      """
    var description = Array(original[(end + 5)..<Int(range.upperBound)])
    precondition(description.popLast() == UInt8(ascii: "}"))
    description += text.utf8
    bytes = head + [6] + withUnsafeBytes(of: UInt32(description.count).bigEndian, Array.init)
    bytes += description
  }

  /// The offset of a section's body, and its bytes.
  func body(_ idstr: String) -> Range<Int>? {
    for case .section(let section) in walked.elements where section.idstr == idstr {
      let first = Int(section.bodyOffset)
      return first..<first + Int(section.bodyLength)
    }
    return nil
  }

  func report(open: BesideOpener? = nil) throws -> IntegrityReport? {
    try IntegrityReport.make(MemoryChannel(bytes), open: open)
  }
}
