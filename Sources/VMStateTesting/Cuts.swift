import VMState

/// Checks that a load refuses the state's bytes cut off at every place, and says where.
///
/// A cut just before a subsection is no cut: what is left is a whole state without it. Such a
/// place is told from the table's own subsection names. A cut within a subsection's header
/// leaves the rest of it unread, which the check of the section's footer then refuses.
///
/// - Parameters:
///   - description: The table.
///   - state: The state to save; also the destination of every load.
///   - profile: The form of the format.
/// - Throws: A failure that names the first cut that was accepted, or that was refused
///   without an offset inside the data.
public func expectRefusesCuts<State>(
  _ description: VMStateDescription<State>, _ state: State, profile: StreamProfile = .qemu10_0
) throws(TestFailure) {
  let bytes = try saved(description, state, profile)
  let names = subsectionNames(description.schema)
  for length in bytes.indices {
    var copy = state
    do throws(VMStateError) {
      let rest = try loaded(description, Array(bytes[..<length]), into: &copy, profile)
      if rest > 0 { continue }
    } catch {
      guard let offset = error.offset, offset <= UInt64(length) else {
        throw TestFailure(
          "'\(description.name)' cut after \(length) of \(bytes.count) bytes is refused "
            + "without a place in the data: \(error)")
      }
      continue
    }
    guard names.contains(where: { isSubsection($0, bytes[length...]) }) else {
      let field = fieldName(at: length, description, state, profile)
      throw TestFailure(
        "'\(description.name)' accepts its data cut after \(length) of \(bytes.count) bytes, "
          + "within \(field)")
    }
  }
}

/// The names of all subsections of a table and the tables below.
private func subsectionNames(_ schema: DescriptionSchema) -> [String] {
  schema.subsections.flatMap { [$0.name] + subsectionNames($0) }
    + schema.fields.flatMap { $0.nested.flatMap { subsectionNames($0.schema) } }
}

/// True if these bytes begin with a subsection's header.
private func isSubsection(_ name: String, _ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.starts(with: [SectionKind.subsection.rawValue, UInt8(name.utf8.count)] + Array(name.utf8))
}
