/// A description as plain values, to look at: names, versions, rows and subsections.
///
/// This is what layout and coverage tests, printed tables and the comparison of two versions
/// of a device are made from. It is built when it is asked for, and holds no closures.
public struct DescriptionSchema: Sendable {
  /// The section's name without path; a subsection's whole wire name.
  public let name: String
  /// The version written, and the highest accepted.
  public let version: Int
  /// The lowest version accepted.
  public let minimumVersion: Int
  /// The type of the state.
  public let stateType: any Any.Type
  /// The rows in wire order, validations and locals among them.
  public let fields: [FieldSchema]
  /// The subsections in wire order.
  public let subsections: [DescriptionSchema]
  /// There is a list of subsections, if only an empty one.
  public let hasSubsectionList: Bool
  /// A `needed` decides whether the section (or subsection) is sent.
  public let isConditional: Bool
  /// Place in the registry's order (`MigrationPriority`): higher ones are saved first.
  public let priority: Int
  /// The section is sent in the setup phase.
  public let isEarlySetup: Bool
  /// Why the device's presence blocks saves and loads, or nil.
  public let unmigratableReason: String?

  /// Bytes on the wire of a state saved with a version, where they are always the same; nil
  /// if a test, a count, a list or a subsection decides.
  public func wireSize(version: Int) -> Int? {
    guard subsections.isEmpty else { return nil }
    var total = 0
    for field in fields where field.role == .data {
      guard !field.hasTest else { return nil }
      guard field.since <= version else { continue }
      guard let size = field.wireSize else { return nil }
      total += size
    }
    return total
  }
}
