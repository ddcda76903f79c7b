import VMState

/// What a dump shows.
public struct DumpOptions: Sendable {
  /// Sections to show; all of them if empty. `name#3` asks for an instance.
  public var sections: [GlobPattern]
  /// Fields to show, by their paths with or without the section; all of them if empty.
  public var fields: [GlobPattern]
  /// Most bytes that are shown of a run that nothing describes.
  public var opaqueBytes = 65536
  /// Further lines for a leaf, for types whose bytes somebody can read.
  public var decode: (@Sendable (FieldEntry) -> [String]?)?

  /// Everything, or what patterns select.
  public init(sections: [GlobPattern] = [], fields: [GlobPattern] = []) {
    self.sections = sections
    self.fields = fields
  }

  /// True if everything is shown.
  var isComplete: Bool { sections.isEmpty && fields.isEmpty }

  func shows(section header: SectionHeader) -> Bool {
    shows(idstr: header.idstr, instance: header.instance)
  }

  func shows(idstr: String, instance: UInt32) -> Bool {
    sections.isEmpty || sections.contains { $0.matches(section: idstr, instance: instance) }
  }

  /// True for a field that was asked for.
  ///
  /// - Parameter section: What the path begins with.
  func shows(field path: String, in section: String) -> Bool {
    guard !fields.isEmpty else { return true }
    let inner = String(path.dropFirst(section.count + 1))
    return fields.contains { $0.matches(path) || $0.matches(inner) }
  }
}
