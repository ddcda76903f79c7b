import VMState

/// Lays a section's bytes beside those of a good one and finds where bytes are missing or too
/// many.
public struct BodyAlignment: Sendable {
  /// Bytes more than the good body has; negative for fewer.
  public var shift: Int
  /// The field of the good body where the two part.
  public var field: FieldPlace
  /// The field up to which the place is the same guess, where equal bytes leave a choice.
  public var lastField: FieldPlace
  /// Where that is in the bytes at hand, in the body.
  public var offset: Int

  /// Compares the two bodies field by field: those before a split at the same place, those
  /// behind it moved by the difference in length; the split that fits best is taken.
  ///
  /// - Returns: nil if the bodies are equally long, or nothing fits.
  static func find(_ bytes: [UInt8], _ good: SectionBytes) -> BodyAlignment? {
    let shift = bytes.count - good.bytes.count
    let fields = good.places.places
    guard shift != 0, !fields.isEmpty else { return nil }
    // Fits before the split, from the front; behind it, from the back.
    var behind = fields.map { fits(bytes, good.bytes, $0, shift) ? $0.length : 0 }.reduce(0, +)
    var before = 0
    var best: (score: Int, first: Int, last: Int) = (behind, 0, 0)
    for (index, field) in fields.enumerated() {
      if fits(bytes, good.bytes, field, 0) { before += field.length }
      if fits(bytes, good.bytes, field, shift) { behind -= field.length }
      guard index + 1 < fields.count else { break }
      if before + behind > best.score {
        best = (before + behind, index + 1, index + 1)
      } else if before + behind == best.score, best.last == index {
        best.last = index + 1
      }
    }
    guard best.score * 2 >= good.bytes.count else { return nil }
    // The field at the split holds the change, or the one before it.
    let first = max(0, best.first - (shift > 0 ? 1 : 0))
    return BodyAlignment(
      shift: shift, field: fields[min(first, best.last)], lastField: fields[best.last],
      offset: fields[min(first, best.last)].offset)
  }

  private static func fits(
    _ bytes: [UInt8], _ good: [UInt8], _ field: FieldPlace, _ shift: Int
  ) -> Bool {
    let first = field.offset + shift
    guard first >= 0, first + field.length <= bytes.count else { return false }
    return bytes[first..<first + field.length]
      .elementsEqual(good[field.offset..<field.offset + field.length])
  }
}
