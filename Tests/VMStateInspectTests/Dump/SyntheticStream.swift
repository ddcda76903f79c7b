import TestSupport
import VMState

/// A stream of one described section, made by hand.
struct SyntheticStream {
  let bytes: [UInt8]
  /// Where the section's body begins.
  let bodyOffset: Int

  /// - Parameter fields: The `fields` array of the section's description.
  init(body: [UInt8], fields: String, subsections: String = "") {
    let head =
      hex("5145564d 00000003")  // magic, version
      + hex("04 00000005 03 73796e 00000000 00000001")  // FULL, id 5, "syn", instance, version
    let text =
      #"{"page_size": 4096, "devices": [{"name": "syn", "instance_id": 0, "vmsd_name": "syn", "#
      + #""version": 1, "fields": [\#(fields)]\#(subsections)}]}"#
    bodyOffset = head.count
    bytes =
      head + body + hex("7e 00000005 00 06")
      + withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { Array($0) } + Array(text.utf8)
  }

  /// A list of two elements, a tree with numbers for keys, a tree with structures for keys.
  static let containers = SyntheticStream(
    body: hex("01 11 01 22 00")  // list
      + hex("00000001 01 00000000000000ab 0102 00")  // one node, key 0xab
      + hex("00000001 01 77 0304 00")  // one node, key 0x77
      + hex("7fc00000 00000001") + hex("3ff8000000000000") + hex("02")
      + hex("05 05 73796e2f78 00000002 aabb"),  // subsection syn/x, version 2
    fields: [
      #"{"name": "list", "type": "qtailq", "vmsd_name": "e", "version": 1, "#
        + #""fields": [{"name": "v", "type": "uint8", "size": 1}], "vmsd_name": "e", "#
        + #""version": 1, "fields": [{"name": "v", "type": "uint8", "size": 1}], "size": 5}"#,
      #"{"name": "tree", "type": "gtree", "vmsd_name": "n", "version": 1, "#
        + #""fields": [{"name": "w", "type": "uint16", "size": 2}], "size": 16}"#,
      #"{"name": "keyed", "type": "gtree", "vmsd_name": "k", "version": 1, "#
        + #""fields": [{"name": "c", "type": "uint8", "size": 1}], "vmsd_name": "n", "#
        + #""version": 1, "fields": [{"name": "w", "type": "uint16", "size": 2}], "size": 9}"#,
      #"{"name": "nan", "type": "CPU_Double_U", "size": 8}"#,
      #"{"name": "number", "type": "float64", "size": 8}"#,
      #"{"name": "odd", "type": "bool", "size": 1}"#,
    ].joined(separator: ", "),
    subsections: #", "subsections": [{"vmsd_name": "syn/x", "version": 2, "#
      + #""fields": [{"name": "b", "type": "buffer", "size": 2}]}]"#)
}
