extension NestedTable {
  /// Saves a value that is a local copy.
  func saveValue<Value>(
    _ value: inout Value, version: Int, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &value) { pointer in
      do throws(VMStateError) {
        try save(pointer, version: version, to: &writer, json: &json, context)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Loads a value that is a local copy.
  func loadValue<Value>(
    _ value: inout Value, version: Int, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &value) { pointer in
      do throws(VMStateError) {
        try load(pointer, version: version, from: &reader, context)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// What is wrong with a row that loads this table with the row's own version, or nil.
  func problem(since: Int) -> String? {
    guard since > version || since < minimumVersion else { return nil }
    return "loads elements of '\(name)' with version \(since), which that table does not read "
      + "(\(minimumVersion) to \(version)): give the row .since(\(version))"
  }

  /// Throws `versionTooNew` or `versionTooOld` when the table cannot read a version.
  func checkVersion(_ version: Int, at offset: UInt64) throws(VMStateError) {
    guard version <= self.version else {
      throw VMStateError(
        .versionTooNew, "\(name): version \(version) is too new", offset: offset,
        expected: "at most \(self.version)", found: "\(version)")
    }
    guard version >= minimumVersion else {
      throw VMStateError(
        .versionTooOld, "\(name): version \(version) is too old", offset: offset,
        expected: "at least \(minimumVersion)", found: "\(version)")
    }
  }
}
