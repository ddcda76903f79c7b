/// Whether an XBZRLE delta decodes: that depends on its own bytes only, not on the page.
///
/// QEMU: `xbzrle_decode_buffer`, migration/xbzrle.c.
enum DeltaGrammar {
  /// True where a destination decodes it.
  static func isValid(_ delta: [UInt8], pageBytes: Int) -> Bool {
    var place = 0
    var filled = 0
    while place < delta.count {
      let isFirst = place == 0
      guard delta.count - place >= 2, let same = number(delta, &place), isFirst || same > 0 else {
        return false
      }
      filled += same
      guard filled <= pageBytes, delta.count - place >= 2, let new = number(delta, &place), new > 0,
        filled + new <= pageBytes, place + new <= delta.count
      else { return false }
      filled += new
      place += new
    }
    return true
  }

  private static func number(_ delta: [UInt8], _ place: inout Int) -> Int? {
    let low = delta[place]
    place += 1
    guard low & 0x80 != 0 else { return Int(low) }
    guard place < delta.count, delta[place] & 0x80 == 0 else { return nil }
    defer { place += 1 }
    return Int(low & 0x7F) | Int(delta[place]) << 7
  }
}
