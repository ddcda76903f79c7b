import VMState

/// A row of a table in the DSL. Every row type wraps one `VMStateField`.
public protocol TableRow<Root> {
  /// The state's type.
  associatedtype Root
  /// The row of the table.
  var field: VMStateField<Root> { get set }
}

extension TableRow {
  /// The row exists from this version of the description on.
  public func since(_ version: Int) -> Self {
    var copy = self
    copy.field = field.since(version)
    return copy
  }

  /// The row exists when the test says so, whatever its version. The test sees the state as
  /// far as it is loaded, and the version being saved or loaded.
  public func when(_ test: @escaping @Sendable (Root, Int) -> Bool) -> Self {
    var copy = self
    copy.field = field.when(test)
    return copy
  }
}

/// Collects the rows of a table; `if`, `for` and lists of rows may be used in it.
@resultBuilder
public enum FieldBuilder<State> {
  /// One row.
  public static func buildExpression<Row: TableRow>(
    _ row: Row
  ) -> [VMStateField<State>] where Row.Root == State {
    [row.field]
  }

  /// Rows made elsewhere.
  public static func buildExpression(
    _ fields: [VMStateField<State>]
  ) -> [VMStateField<State>] {
    fields
  }

  /// Rows in order.
  public static func buildBlock(_ parts: [VMStateField<State>]...) -> [VMStateField<State>] {
    parts.flatMap { $0 }
  }

  /// Rows under an `if` without `else`.
  public static func buildOptional(_ part: [VMStateField<State>]?) -> [VMStateField<State>] {
    part ?? []
  }

  /// Rows under an `if`.
  public static func buildEither(first part: [VMStateField<State>]) -> [VMStateField<State>] {
    part
  }

  /// Rows under an `else`.
  public static func buildEither(second part: [VMStateField<State>]) -> [VMStateField<State>] {
    part
  }

  /// Rows in a loop.
  public static func buildArray(_ parts: [[VMStateField<State>]]) -> [VMStateField<State>] {
    parts.flatMap { $0 }
  }
}

extension VMStateDescription {
  /// Makes a description from a table.
  ///
  /// - Parameters:
  ///   - name: The section's name without path.
  ///   - version: The version written, and the highest accepted.
  ///   - minimum: The lowest version accepted.
  ///   - rows: The table.
  public init(
    _ name: String, version: Int = 0, minimum: Int = 0,
    @FieldBuilder<State> _ rows: () -> [VMStateField<State>]
  ) {
    self.init(name, version: version, minimum: minimum, fields: rows())
  }

  /// Adds a subsection with a table of its own.
  ///
  /// - Parameters:
  ///   - name: The full wire name, as in QEMU (`serial/tsr`).
  ///   - version: The version written, and the highest accepted.
  ///   - minimum: The lowest version accepted.
  ///   - needed: Decides whether it is sent.
  ///   - rows: The table.
  public func subsection(
    _ name: String, version: Int = 0, minimum: Int = 0,
    needed: @escaping @Sendable (State) -> Bool,
    @FieldBuilder<State> _ rows: () -> [VMStateField<State>]
  ) -> Self {
    subsection(
      VMStateDescription(name, version: version, minimum: minimum, fields: rows())
        .needed(needed))
  }
}
