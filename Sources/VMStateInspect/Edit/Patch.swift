import VMState

/// What is to be changed in a stream.
public struct Patch: Sendable {
  /// A new value for a field.
  public struct Assignment: Sendable, Hashable {
    /// The field's path, as a dump shows it, with `[k]` for an element of an array.
    public var path: String
    /// The value: `12`, `-3`, `0xff`, `true`, `1.5`, `none` for a timer; for an array all
    /// elements with commas between them; for a buffer hexadecimal digits or a text in quotes.
    public var value: String

    /// A path and a value.
    public init(path: String, value: String) {
      self.path = path
      self.value = value
    }

    /// Takes `PATH=VALUE` apart.
    ///
    /// - Throws: `badDescription` if there is no `=`.
    public init(_ text: String) throws(VMStateError) {
      guard let place = text.firstIndex(of: "="), place > text.startIndex else {
        throw VMStateError(
          .badDescription, "no assignment", expected: "PATH=VALUE", found: text)
      }
      self.init(
        path: String(text[..<place]), value: String(text[text.index(after: place)...]))
    }
  }

  /// New values.
  public var assignments: [Assignment]
  /// Subsections to leave out: by path, or by name wherever they are.
  public var droppedSubsections: [String]
  /// Sections to leave out: `name` for all instances, `name#3` for one.
  public var droppedSections: [String]
  /// The machine type's new name.
  public var machine: String?

  /// Changes.
  public init(
    assignments: [Assignment] = [], droppedSubsections: [String] = [],
    droppedSections: [String] = [], machine: String? = nil
  ) {
    self.assignments = assignments
    self.droppedSubsections = droppedSubsections
    self.droppedSections = droppedSections
    self.machine = machine
  }
}
