/// A description as a device declares it: what a JSON description says of one section, before
/// it is known which fields and subsections a stream holds and how often.
///
/// Reading a section by its layout gives the `DescribedTable` that the stream's own JSON would
/// have given. Made from the texts of the library or from a table of another stream.
struct Layout: Sendable {
  /// The description's name.
  var name: String
  /// The newest version it describes, the one that nested structures have.
  var version: Int
  /// The oldest version it describes.
  var minimumVersion: Int
  /// The name that other layouts use; differs from `name` where two descriptions share it.
  var key: String
  /// The profile that writes it, where an older or newer one writes another.
  var era: Era?
  /// The fields in wire order.
  var fields: [LayoutField] = []
  /// The subsections that may follow, each at most once in a well-formed stream.
  var subsections: [Layout] = []

  /// Which QEMU writes a layout, where there are two for one name.
  enum Era: String, Sendable {
    case old = "7.2"
    case new = "10.0"
  }
}

/// One field of a layout.
struct LayoutField: Sendable {
  /// What the field's bytes consist of.
  enum Body: Sendable {
    /// So many bytes.
    case leaf(LayoutExpression)
    /// The layout with this key.
    case nested(key: String)
    /// A layout of its own.
    case inline(Layout)
    /// The layout with this key, but its bytes are one leaf for the JSON.
    case opaque(key: String)
    /// No bytes: a value that must not be zero.
    case check(LayoutExpression)
    /// Marked elements of a layout, unknown if there was none: `01` before each, `00` behind the last.
    case list(Layout?)
  }

  /// The name, with `[k]` where the layout has several of the same.
  var name: String
  /// The name of a value that a later expression can use.
  var variable: String
  /// The type's name.
  var type: String
  /// What the bytes consist of.
  var body: Body
  /// Elements; nil is one.
  var count: LayoutExpression?
  /// Present from this version on.
  var since = 0
  /// Decides about the presence alone, if there is one.
  var condition: LayoutExpression?
  /// The place that another stream's description gives it.
  var index: Int?
}
