import TestSupport
import VMState
@testable import VMStateInspect

/// Streams put to the checker.
enum CheckBench {
  /// Would one recorded stream load where another was saved?
  static func check(
    _ source: String, against target: String, _ options: CheckOptions = CheckOptions()
  ) throws -> CheckReport {
    try check(try Fixture.stream(source), against: target, options)
  }

  /// Would these bytes load where a recorded stream was saved?
  static func check(
    _ bytes: [UInt8], against target: String, _ options: CheckOptions = CheckOptions()
  ) throws -> CheckReport {
    let facts = StreamFacts(MemoryChannel(try Fixture.stream(target)))
    return try Checker.check(
      try CheckSource(MemoryChannel(bytes)),
      against: CheckTarget(stream: facts, options: options))
  }

  /// A destination of one release, with capabilities on or off.
  static func owner(
    _ release: QEMURelease? = nil, _ capabilities: [String: Bool] = [:]
  ) -> CheckOptions {
    var options = CheckOptions()
    options.release = release
    options.capabilities = capabilities
    return options
  }

  /// The first entry of a section whose path ends so.
  static func field(_ bytes: [UInt8], _ idstr: String, _ path: String) throws -> FieldEntry? {
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements {
      guard section.idstr == idstr, let table = section.table, let state = section.state else {
        continue
      }
      let entries = try FieldTree.entries(
        DescribedBodyPiece(table: table, state: state, origin: .stream), section: idstr,
        at: section.bodyOffset)
      if let entry = entries.first(where: { $0.leaf != nil && $0.path.hasSuffix(path) }) {
        return entry
      }
    }
    return nil
  }
}
