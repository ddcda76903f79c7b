/// File names for RAM blocks: a name from a stream may be anything, a file name stays in its
/// folder.
public enum BlockFileName {
  private static let longest = 180
  private static let plain = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+@".utf8)

  /// A name for each block, all different.
  ///
  /// Letters, digits and `._-+@` stand for themselves, other bytes and a leading dot as `%`
  /// with two digits; a long name is cut and ends in a sum of the whole; one that comes again
  /// gets `~` and a number.
  public static func names(for blocks: [[UInt8]]) -> [String] {
    var uses: [String: Int] = [:]
    return blocks.map { block in
      let name = escaped(block)
      uses[name, default: 0] += 1
      let use = uses[name]!
      return use == 1 ? name : "\(name)~\(use)"
    }
  }

  private static func escaped(_ block: [UInt8]) -> String {
    guard !block.isEmpty else { return "%" }
    var name = ""
    for (index, byte) in block.enumerated() {
      if plain.contains(byte), index > 0 || byte != UInt8(ascii: ".") {
        name.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        name += "%" + hexadecimal(byte)
      }
    }
    guard name.utf8.count > longest else { return name }
    return name.prefix(longest) + "~~" + String(sum(block), radix: 16)
  }

  /// FNV-1a, 64 bits.
  private static func sum(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
