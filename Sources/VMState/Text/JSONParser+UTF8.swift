extension JSONParser {
  /// The index of the first byte that is in no valid sequence, or nil.
  ///
  /// Overlong forms, surrogates, and values above U+10FFFF are invalid.
  func firstInvalidUTF8(in range: Range<Int>) -> Int? {
    var place = range.lowerBound
    while place < range.upperBound {
      let length = sequenceLength(at: place, before: range.upperBound)
      if length == 0 { return place }
      place += length
    }
    return nil
  }

  /// Bytes of the sequence at a place; 0 if it is invalid or cut.
  private func sequenceLength(at place: Int, before end: Int) -> Int {
    let lead = bytes[place]
    if lead < 0x80 { return 1 }
    guard place + 1 < end else { return 0 }
    // Only the second byte has narrower bounds than 80…BF, and only behind some first bytes.
    let second = bytes[place + 1]
    switch lead {
    case 0xC2...0xDF: return (0x80...0xBF).contains(second) ? 2 : 0
    case 0xE0: return rest(3, (0xA0...0xBF).contains(second), place, end)
    case 0xED: return rest(3, (0x80...0x9F).contains(second), place, end)
    case 0xE1...0xEF: return rest(3, (0x80...0xBF).contains(second), place, end)
    case 0xF0: return rest(4, (0x90...0xBF).contains(second), place, end)
    case 0xF1...0xF3: return rest(4, (0x80...0xBF).contains(second), place, end)
    case 0xF4: return rest(4, (0x80...0x8F).contains(second), place, end)
    default: return 0
    }
  }

  private func rest(_ length: Int, _ isSecondRight: Bool, _ place: Int, _ end: Int) -> Int {
    guard isSecondRight, place + length <= end else { return 0 }
    for index in place + 2..<place + length where bytes[index] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
