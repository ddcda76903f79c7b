import VMState

/// A run of neighbouring bytes of the stream that belong together.
private struct MapPart {
  var kind: String
  var label: String
  var range: Range<UInt64>
}

extension ReportPage {
  /// The stream as a strip, and the largest sections as bars.
  mutating func putMap() throws(VMStateError) {
    let parts = mapParts
    let total = max(1, parts.last?.range.upperBound ?? 1)
    try text.put(
      """
      <section class="card"><h2>Map of the stream</h2>
      <svg class="map" viewBox="0 0 1000 56" preserveAspectRatio="none" role="img" \
      aria-label="Map of the stream by size">

      """)
    for part in Self.visible(parts, total) {
      let x = Double(part.range.lowerBound) / Double(total) * 1000
      let width = max(0.8, Double(part.range.count) / Double(total) * 1000)
      try text.put(
        "<rect class=\"\(part.kind)\" x=\"\(Self.digits(x))\" y=\"0\" "
          + "width=\"\(Self.digits(width))\" height=\"56\"><title>"
          + "\(HTMLText.escaped(part.label)): \(HTMLText.grouped(part.range.count)) bytes at "
          + "\(HTMLText.grouped(part.range.lowerBound))</title></rect>\n")
    }
    try text.put(
      """
      </svg><div class="legend"><span><i class="ram"></i>memory</span>\
      <span><i class="device"></i>devices</span><span><i class="other"></i>other live \
      sections</span><span><i class="json"></i>JSON description</span>\
      <span><i class="bad"></i>not understood</span></div>

      """)
    try putBars()
    try text.put("</section>\n")
  }

  private mutating func putBars() throws(VMStateError) {
    let largest = rows.sorted { $0.bytes > $1.bytes }.prefix(10)
    guard let most = largest.first?.bytes, most > 0 else { return }
    try text.put("<div class=\"bars\">\n")
    for row in largest {
      let width = max(0.3, Double(row.bytes) / Double(most) * 100)
      let label = HTMLText.escaped(row.label)
      try text.put(
        "<b title=\"\(label)\">\(label)</b><u class=\"\(row.kind)\" "
          + "style=\"width:\(Self.digits(width))%\"></u>"
          + "<em>\(PrintableText.bytes(row.bytes))</em>\n")
    }
    try text.put("</div>\n")
  }

  /// Two digits behind the point, without the system's locale.
  static func digits(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  private var mapParts: [MapPart] {
    var parts: [MapPart] = []
    for case .section(let section) in stream.elements {
      let kind = ReportRow.kind(of: section)
      let range = section.offset..<section.offset + section.length
      if kind == "ram", let last = parts.last, last.kind == "ram",
        last.range.upperBound == range.lowerBound
      {
        parts[parts.count - 1].range = last.range.lowerBound..<range.upperBound
      } else {
        let label = SectionLabel.text(section.idstr, section.instance)
        parts.append(MapPart(kind: kind, label: label, range: range))
      }
    }
    if let range = stream.descriptionRange {
      parts.append(MapPart(kind: "json", label: "JSON description", range: range))
    }
    let rest = stream.unreadBytes + stream.trailingBytes
    if rest > 0 {
      let start = max(stream.length, parts.last?.range.upperBound ?? 0)
      parts.append(MapPart(kind: "bad", label: "not understood", range: start..<start + rest))
    }
    return parts
  }

  /// Parts too narrow to be seen are joined with neighbours of the same kind.
  private static func visible(_ parts: [MapPart], _ total: UInt64) -> [MapPart] {
    let least = max(1, total / 1000)
    var result: [MapPart] = []
    for part in parts {
      if let last = result.last, last.kind == part.kind, UInt64(part.range.count) < least,
        UInt64(last.range.count) < 4 * least
      {
        result[result.count - 1].range = last.range.lowerBound..<part.range.upperBound
        if !last.label.hasSuffix(" …") { result[result.count - 1].label += " …" }
      } else {
        result.append(part)
      }
    }
    return Array(result.prefix(3000))
  }
}
