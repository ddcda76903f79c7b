import VMState

/// Checks that a state survives a save and a load.
///
/// The state is saved, loaded into `fresh`, and saved again: the load must consume every byte,
/// and the second save must give the same bytes as the first.
///
/// - Parameters:
///   - description: The table.
///   - state: A state whose fields differ from those of `fresh`; where both are equal, a row
///     that loads nothing would not be noticed.
///   - fresh: The destination's state before the load, with the arrays and pointers that the
///     machine itself provides.
///   - profile: The form of the format.
///   - isEqual: Compares the loaded state with the saved one, if given.
/// - Throws: A failure that names the first field that did not survive.
public func expectRoundTrip<State>(
  _ description: VMStateDescription<State>, _ state: State, into fresh: State,
  profile: StreamProfile = .qemu10_0, isEqual: ((State, State) -> Bool)? = nil
) throws(TestFailure) {
  let bytes = try saved(description, state, profile)
  let copy = try loadWhole(description, bytes, into: fresh, profile)
  let again = try saved(description, copy, profile)
  if let offset = firstDifference(bytes, again) {
    let field = fieldName(at: offset, description, state, profile)
    throw TestFailure(
      "'\(description.name)' does not survive a load: byte \(offset) (\(field)) is "
        + "\(window(bytes, offset)) when saved and \(window(again, offset)) when saved again")
  }
  if let isEqual, !isEqual(copy, state) {
    throw TestFailure(
      "'\(description.name)' differs after a load although its \(bytes.count) bytes are the "
        + "same: a property does not travel, or not whole")
  }
}

/// Checks that a state survives a save and a load, and is equal afterwards.
///
/// See the general form. Properties that do not travel must be the same in `state` and
/// `fresh`.
public func expectRoundTrip<State: Equatable>(
  _ description: VMStateDescription<State>, _ state: State, into fresh: State,
  profile: StreamProfile = .qemu10_0
) throws(TestFailure) {
  try expectRoundTrip(description, state, into: fresh, profile: profile, isEqual: ==)
}

/// Checks that a state has exactly these bytes, and that they load back to the same bytes.
///
/// - Parameters:
///   - description: The table.
///   - state: The state to save; also the destination of the load.
///   - bytes: The bytes of the fields and subsections, without section header and footer.
///   - profile: The form of the format.
/// - Throws: A failure that names the first field that differs.
public func expectGolden<State>(
  _ description: VMStateDescription<State>, _ state: State, _ bytes: [UInt8],
  profile: StreamProfile = .qemu10_0
) throws(TestFailure) {
  let written = try saved(description, state, profile)
  if let offset = firstDifference(written, bytes) {
    let field = fieldName(at: offset, description, state, profile)
    throw TestFailure(
      "'\(description.name)' is saved otherwise than recorded: byte \(offset) (\(field)), "
        + "expected \(window(bytes, offset)), found \(window(written, offset)); "
        + "\(bytes.count) bytes expected, \(written.count) found")
  }
  let copy = try loadWhole(description, bytes, into: state, profile)
  let again = try saved(description, copy, profile)
  if let offset = firstDifference(again, bytes) {
    let field = fieldName(at: offset, description, state, profile)
    throw TestFailure(
      "'\(description.name)' does not load what is recorded: byte \(offset) (\(field)), "
        + "expected \(window(bytes, offset)), found \(window(again, offset)) after a load")
  }
}

/// Checks the JSON description of a state, as QEMU of the profile's generation writes it.
///
/// - Parameter text: The members, without the surrounding object.
/// - Throws: A failure that shows the first place that differs.
public func expectDescription<State>(
  _ description: VMStateDescription<State>, _ state: State, _ text: String,
  profile: StreamProfile = .qemu10_0
) throws(TestFailure) {
  let written: String
  do throws(VMStateError) {
    written = try description.descriptionText(of: state, profile: profile)
  } catch {
    throw TestFailure("'\(description.name)' cannot be described: \(error)")
  }
  guard let offset = firstDifference(Array(written.utf8), Array(text.utf8)) else { return }
  func part(_ text: String) -> String {
    offset < text.utf8.count
      ? String(decoding: text.utf8.dropFirst(offset).prefix(40), as: UTF8.self) : "the end"
  }
  throw TestFailure(
    "'\(description.name)' is described otherwise than recorded for QEMU \(profile.name): "
      + "at character \(offset), expected \(part(text)), found \(part(written))")
}

/// Loads bytes to their last one.
private func loadWhole<State>(
  _ description: VMStateDescription<State>, _ bytes: [UInt8], into fresh: State,
  _ profile: StreamProfile
) throws(TestFailure) -> State {
  var copy = fresh
  let rest: Int
  do throws(VMStateError) {
    rest = try loaded(description, bytes, into: &copy, profile)
  } catch {
    throw TestFailure("'\(description.name)' does not load its own bytes: \(error)")
  }
  guard rest == 0 else {
    throw TestFailure(
      "'\(description.name)' leaves \(rest) of its own \(bytes.count) bytes unread")
  }
  return copy
}
