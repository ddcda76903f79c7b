import VMState

/// Lays a section's bytes beside those of a good one and finds where bytes are missing or too
/// many.
public struct BodyAlignment: Sendable {
  /// Bytes more than the good body has; negative for fewer.
  public var shift: Int
  /// The field of the good body where the two part.
  public var field: BodyField
  /// The field up to which the place is the same guess, where equal bytes leave a choice.
  public var lastField: BodyField
  /// Where that is in the body: as far as the bytes agree.
  public var offset: Int

  /// Compares the two bodies byte by byte: those before a split at the same place, those
  /// behind it moved by the difference in length; the split that fits best is taken.
  ///
  /// - Returns: nil if the bodies are equally long, or less than half fits.
  static func find(_ bytes: [UInt8], _ good: SectionBytes) -> BodyAlignment? {
    let shift = bytes.count - good.bytes.count
    guard shift != 0, !bytes.isEmpty, !good.bytes.isEmpty else { return nil }
    let split = bestSplit(bytes, good.bytes, shift)
    guard split.score * 2 >= min(good.bytes.count, bytes.count) else { return nil }
    let last = good.bytes.count - 1
    guard let field = good.places.place(at: min(split.first, last)),
      let lastField = good.places.place(at: min(split.last, last))
    else { return nil }
    return BodyAlignment(shift: shift, field: field, lastField: lastField, offset: split.first)
  }

  /// The offsets, from first to last, before which most bytes agree in place and behind which
  /// most agree when they are moved.
  private static func bestSplit(
    _ bytes: [UInt8], _ good: [UInt8], _ shift: Int
  ) -> (score: Int, first: Int, last: Int) {
    // What is missing in the bytes at hand has no partner behind the split.
    let gap = max(0, -shift)
    let ends = min(bytes.count, good.count)
    var score = (gap..<good.count).count { bytes[$0 + shift] == good[$0] }
    var best = (score: score, first: 0, last: 0)
    for split in 0..<ends {
      if bytes[split] == good[split] { score += 1 }
      let moved = split + gap
      if moved < good.count, bytes[moved + shift] == good[moved] { score -= 1 }
      if score > best.score {
        best = (score, split + 1, split + 1)
      } else if score == best.score, best.last == split {
        best.last = split + 1
      }
    }
    return best
  }
}
