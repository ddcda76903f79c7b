import VMState

/// The layouts that the library knows: QEMU's devices, for streams without a description.
public enum LayoutLibrary {
  private static let layouts: [String: [Layout]] = {
    let all = LayoutTexts.all.flatMap(LayoutParser.parse)
    return Dictionary(grouping: all, by: \.key)
  }()

  // Sections are found by the name that their description has on the wire.
  private static let sections: [String: [Layout]] = {
    let all = LayoutTexts.all.flatMap(LayoutParser.parse)
    return Dictionary(grouping: all, by: \.name)
  }()

  /// The names of all descriptions.
  public static var names: [String] { sections.keys.sorted() }

  /// A layout that others nest.
  static func layout(_ key: String, _ era: Layout.Era) -> Layout? {
    guard let known = layouts[key] else { return nil }
    return known.first { $0.era == era } ?? known.first
  }

  /// The layouts that a section can have, the likeliest first.
  static func candidates(_ idstr: String, version: UInt32, _ era: Layout.Era) -> [Layout] {
    let known = sections[description(of: idstr)] ?? []
    let possible = known.filter { ($0.minimumVersion...$0.version).contains(Int(version)) }
    return possible.filter { $0.era == era } + possible.filter { $0.era != era }
  }

  /// The layouts of sections of a name.
  static func sections(_ name: String) -> [Layout] { sections[name] ?? [] }

  /// The name of the description: the idstr behind the device's path.
  static func description(of idstr: String) -> String {
    var name = idstr[...]
    while sections[String(name)] == nil, let slash = name.firstIndex(of: "/") {
      name = name[name.index(after: slash)...]
    }
    return String(name)
  }

  /// True if there is a layout for a section.
  public static func knows(idstr: String, version: UInt32) -> Bool {
    !candidates(idstr, version: version, .new).isEmpty
  }

  /// Reads the body of a FULL section.
  ///
  /// Properties that no stream tells are found by trying: the usual values first, then others
  /// until `isEnd` agrees. Without positions only the usual ones are tried.
  ///
  /// - Parameters:
  ///   - idstr: The section's name, path included.
  ///   - instance: The section's instance id.
  ///   - version: The version in its header.
  ///   - reader: At the first byte of the body.
  ///   - processors: The machine's processors, where they are known.
  ///   - isEnd: Says whether a section can end where the reader is; consumes nothing.
  /// - Returns: The description that the stream's JSON would have had, and the content; nil if
  ///   there is no layout for this name and version.
  /// - Throws: What is wrong with the bytes by the likeliest layout: `endOfStream`,
  ///   `badDescription`, `unknownSubsection`, `validationFailed`, `limitExceeded`, and the
  ///   channel's errors.
  public static func read(
    idstr: String, instance: UInt32, version: UInt32, from reader: inout StreamReader,
    _ context: LoadContext, processors: Int? = nil,
    isEnd: (inout StreamReader) throws(VMStateError) -> Bool = { _ in true }
  ) throws(VMStateError) -> (DescribedTable, DescribedState)? {
    var attempts = LayoutSearch.attempts
    return try read(
      idstr: idstr, version: version, from: &reader, context, processors: processors,
      attempts: &attempts, isEnd: isEnd)
  }

  /// The same with a number of readings that several sections share.
  static func read(
    idstr: String, version: UInt32, from reader: inout StreamReader, _ context: LoadContext,
    processors: Int?, attempts: inout Int,
    isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> (DescribedTable, DescribedState)? {
    let known = candidates(idstr, version: version, Layout.Era(context.profile))
    guard !known.isEmpty else { return nil }
    var search = LayoutSearch(context, idstr: idstr, version: Int(version), processors)
    search.attempts = min(attempts, LayoutSearch.attempts)
    let granted = search.attempts
    defer { attempts -= granted - max(0, search.attempts) }
    return try search.read(known, from: &reader, isEnd)
  }
}

extension Layout.Era {
  /// Which layouts a profile's QEMU writes.
  init(_ profile: StreamProfile) {
    self = profile.globalState == .runStateOnly ? .old : .new
  }
}
