import VMState

/// Compares the fields of two sections.
struct SectionComparison {
  /// Most elements of one array that are named.
  private static let namedElements = 64

  let label: String
  private let take: (StreamDifference) -> Void

  init(_ label: String, _ take: @escaping (StreamDifference) -> Void) {
    self.label = label
    self.take = take
  }

  func compare(_ one: WalkedSection, _ other: WalkedSection) throws(VMStateError) {
    if one.version != other.version {
      take(
        StreamDifference(
          .section, label, "version \(one.version)", "version \(other.version)", at: one.offset,
          other.offset))
    }
    let first = try FieldList(one, label: label)
    let second = try FieldList(other, label: label)
    // What is inside a part that only one of them has is not named again.
    var missing: String?
    for item in first.items {
      if let missing, item.path.hasPrefix(missing) { continue }
      if let partner = second[item.path] {
        compare(item.path, item.entry, partner)
      } else {
        missing = item.path + "/"
        take(
          StreamDifference(.layout, item.path, item.entry.shape, nil, at: item.entry.offset))
      }
    }
    missing = nil
    for item in second.items where first[item.path] == nil {
      if let missing, item.path.hasPrefix(missing) { continue }
      missing = item.path + "/"
      take(
        StreamDifference(.layout, item.path, nil, item.entry.shape, at: nil, item.entry.offset))
    }
  }

  private func compare(_ path: String, _ one: FieldEntry, _ other: FieldEntry) {
    guard one.shape == other.shape else {
      return take(
        StreamDifference(.layout, path, one.shape, other.shape, at: one.offset, other.offset))
    }
    guard let leaf = one.leaf, let partner = other.leaf, leaf.bytes != partner.bytes else { return }
    if leaf.kind == .bytes { return compareBuffers(path, one, other, leaf.bytes, partner.bytes) }
    guard leaf.count > 1 else {
      return take(
        StreamDifference(
          .field, path, one.valueText, other.valueText, at: one.offset, other.offset))
    }
    compareElements(path, one, other, leaf, partner)
  }

  private func compareElements(
    _ path: String, _ one: FieldEntry, _ other: FieldEntry, _ leaf: Leaf, _ partner: Leaf
  ) {
    var count = 0
    for index in 0..<leaf.count where leaf[index] != partner[index] {
      count += 1
      guard count <= Self.namedElements else { continue }
      let offset = UInt64(index * leaf.size)
      take(
        StreamDifference(
          .field, "\(path)[\(index)]", FieldEntry.text(leaf, index),
          FieldEntry.text(partner, index), at: one.offset + offset, other.offset + offset))
    }
    let more = count - Self.namedElements
    guard more > 0 else { return }
    take(
      StreamDifference(
        .field, path, "\(more) more elements", "other values", at: one.offset, other.offset))
  }

  /// Buffers: the first run of bytes that differ, and how many differ in all.
  private func compareBuffers(
    _ path: String, _ one: FieldEntry, _ other: FieldEntry, _ bytes: [UInt8], _ others: [UInt8]
  ) {
    let different = bytes.indices.filter { $0 < others.count && bytes[$0] != others[$0] }
    let start = different.first ?? min(bytes.count, others.count)
    let end = min(bytes.count, others.count, start + 16)
    let text = { (bytes: [UInt8]) -> String in
      let digits = bytes[start..<max(start, end)].map { hexadecimal($0) }
      return digits.joined(separator: " ")
    }
    let place = bytes.count > 16 ? "[\(start)...]" : ""
    let note = bytes.count > 16 ? " (\(different.count) of \(bytes.count) bytes differ)" : ""
    take(
      StreamDifference(
        .field, path + place, text(place.isEmpty ? bytes : bytes), text(others) + note,
        at: one.offset + UInt64(start), other.offset + UInt64(start)))
  }
}
