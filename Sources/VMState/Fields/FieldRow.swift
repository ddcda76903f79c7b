/// One row of a table, with the type of the state erased.
///
/// A class, so that a transfer hands one reference around; it is changed only while its table
/// is built, on a copy that nobody else has.
final class FieldRow: @unchecked Sendable {
  /// The name with its suffix where the table has several of the same name.
  var name: String
  /// The name has a suffix.
  var isNumbered = false
  /// The name without suffix.
  var plainName: String
  /// First version of the description that has the row.
  var since = 0
  /// Decides alone whether the row exists, if set.
  var exists: (@Sendable (UnsafeRawPointer, Int) -> Bool)?
  /// Must exist: a validation.
  var mustExist = false
  /// Only says that a property does not travel.
  var isLocal = false
  var body: FieldBody
  /// The beginning of the JSON object of a row of one element: name and type.
  private(set) var jsonOpening: [UInt8] = []

  init(name: String, body: FieldBody) {
    self.name = name
    plainName = name
    self.body = body
  }

  /// A row that may be changed.
  func copy() -> FieldRow {
    let copy = FieldRow(name: name, body: body)
    copy.isNumbered = isNumbered
    copy.plainName = plainName
    copy.since = since
    copy.exists = exists
    copy.mustExist = mustExist
    copy.isLocal = isLocal
    copy.jsonOpening = jsonOpening
    return copy
  }

  /// Renders what depends on the final name.
  func render() {
    var text = DescriptionText()
    text.beginObject()
    text.put("name", name)
    text.put("type", body.typeName)
    jsonOpening = text.bytes
  }

  /// The row may be described once for all elements.
  func isCompressible(_ profile: StreamProfile) -> Bool {
    exists == nil && !mustExist && body.isCompressible(profile)
  }

  /// QEMU: the test alone decides, otherwise the version.
  @inline(__always)
  func isPresent(_ state: UnsafeRawPointer, _ version: Int) -> Bool {
    exists?(state, version) ?? (since <= version)
  }
}
