import TestSupport

/// The bytes of a subsection: 05, counted name, be32 version, fields.
func subsection(_ name: String, version: UInt8 = 1, _ fields: String) -> [UInt8] {
  var bytes: [UInt8] = [5, UInt8(name.utf8.count)]
  bytes += Array(name.utf8)
  bytes += [0, 0, 0, version]
  bytes += hex(fields)
  return bytes
}
