/// The form in which memory travels.
enum MemoryForm: String {
  case plain, xbzrle, compress
  case mapped = "mapped-ram"
  case background = "background-snapshot"

  init(named name: String) throws {
    guard let form = MemoryForm(rawValue: name) else {
      throw UsageError(
        message: "the forms are plain, xbzrle, compress, mapped-ram and background-snapshot, not "
          + "'\(name)'")
    }
    self = form
  }

  /// What source and destination switch on for it.
  var capabilities: Set<String> { self == .plain ? [] : [rawValue] }
}
