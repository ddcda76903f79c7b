/// The algorithm of an XBZRLE delta, one byte after the other, as its description says.
enum XBZRLEReference {
  static func encode(old: [UInt8], new: [UInt8], limit: Int) -> [UInt8]? {
    var out: [UInt8] = []
    var index = 0
    while index < new.count {
      if out.count + 2 > limit { return nil }
      let equal = run(from: index, new.count) { old[$0] == new[$0] }
      index += equal
      if index == new.count { return out }
      append(equal, to: &out)
      if out.count + 2 > limit { return nil }
      let changed = run(from: index, new.count) { old[$0] != new[$0] }
      append(changed, to: &out)
      if out.count + changed > limit { return nil }
      out += new[index..<index + changed]
      index += changed
    }
    return out
  }

  private static func run(from start: Int, _ end: Int, _ belongs: (Int) -> Bool) -> Int {
    var count = 0
    while start + count < end, belongs(start + count) { count += 1 }
    return count
  }

  static func append(_ number: Int, to out: inout [UInt8]) {
    if number < 128 {
      out.append(UInt8(number))
    } else {
      out += [UInt8(number & 127 | 128), UInt8(number >> 7)]
    }
  }

  /// nil for a bad delta.
  static func decode(_ delta: [UInt8], into page: [UInt8]) -> (page: [UInt8], end: Int)? {
    var page = page
    var index = 0
    var end = 0
    func number() -> Int? {
      guard delta.count - index >= 2 else { return nil }
      let first = Int(delta[index])
      index += 1
      if first < 128 { return first }
      let second = Int(delta[index])
      index += 1
      return second < 128 ? first & 127 | second << 7 : nil
    }
    while index < delta.count {
      let isFirst = index == 0
      guard let equal = number(), isFirst || equal > 0 else { return nil }
      end += equal
      guard end <= page.count, let changed = number(), changed > 0 else { return nil }
      guard end + changed <= page.count, index + changed <= delta.count else { return nil }
      page.replaceSubrange(end..<end + changed, with: delta[index..<index + changed])
      end += changed
      index += changed
    }
    return (page, end)
  }
}
