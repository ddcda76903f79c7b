#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The recorded streams under `Tests/Fixtures`. `pack_fixtures.py` in `Tests/Tools` makes them
/// and describes the packed format; `PROVENANCE.md` in each folder says where they come from.
public enum Fixture {
  /// What can be wrong with a fixture file; it is a damaged checkout, so tests just throw it.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// One line of the manifest.
  public struct Entry: Sendable {
    /// Folder and stream, as in `10.0/pc`.
    public let name: String
    /// The decoded size in bytes.
    public let size: Int
    /// FNV-1a over the decoded bytes, 64 bits.
    public let checksum: UInt64
  }

  /// All fixtures, in the manifest's order.
  public static func manifest() throws -> [Entry] {
    let text = String(decoding: try file("manifest.txt"), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      guard words.count == 4, let size = Int(words[1]), let sum = UInt64(words[2], radix: 16)
      else { throw Failure(description: "manifest.txt: cannot read \"\(line)\"") }
      return Entry(name: String(words[0]), size: size, checksum: sum)
    }
  }

  /// Streams of other releases than those of most fixtures; each has its own folder's notes.
  public static func generations() throws -> [String] {
    try manifest().map(\.name).filter { $0.hasPrefix("generations/") }
  }

  /// The streams that begin with a header: all but multifd channels, containers, and those of
  /// other releases.
  public static func streams() throws -> [String] {
    let others = try containers() + generations()
    return try manifest().map(\.name).filter {
      $0.wholeMatch(of: /.*multifd[0-9]/) == nil && !others.contains($0)
    }
  }

  /// The disk images, save files and compressed streams.
  public static func containers() throws -> [String] {
    try manifest().map(\.name).filter { $0.hasPrefix("containers/") || $0.contains("qcow2") }
  }

  /// A text under `Tests/Fixtures`, by lines.
  public static func lines(_ name: String) throws -> [String] {
    String(decoding: try file(name), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The streams whose pages are plain records and whose sections the JSON describes, or could.
  public static func plainStreams() throws -> [String] {
    try streams().filter { name in
      !["multifd", "xbzrle", "compress", "postcopy", "mapped", "block", "bitmaps"]
        .contains { name.contains($0) }
    }
  }

  /// The decoded bytes of one recorded stream, for instance `10.0/pc`.
  public static func stream(_ name: String) throws -> [UInt8] {
    guard let entry = try manifest().first(where: { $0.name == name }) else {
      throw Failure(description: "there is no fixture \(name)")
    }
    if let raw = try? file(name + ".stream") { return raw }
    return try unpack(try file(name + ".packed"), size: entry.size)
  }

  /// Undoes the packing: literals and matches until `size` bytes have come out.
  static func unpack(_ packed: [UInt8], size: Int) throws -> [UInt8] {
    guard packed.starts(with: Array("FXT1".utf8)) else {
      throw Failure(description: "not a packed fixture")
    }
    var source = packed[4...]
    var result: [UInt8] = []
    result.reserveCapacity(size)
    while result.count < size {
      let literals = try takeNumber(&source)
      guard literals <= source.count else { throw Failure(description: "literals are cut") }
      result.append(contentsOf: source.prefix(literals))
      source.removeFirst(literals)
      let length = try takeNumber(&source)
      if length > 0 { try copyMatch(length, from: try takeNumber(&source), in: &result) }
    }
    guard result.count == size else { throw Failure(description: "decodes to another size") }
    return result
  }

  /// Appends `length` bytes from `distance` back; what is appended may be copied again.
  private static func copyMatch(
    _ length: Int, from distance: Int, in result: inout [UInt8]
  ) throws {
    let start = result.count - distance
    guard distance > 0, start >= 0 else { throw Failure(description: "a match before the start") }
    var left = length
    while left > 0 {
      let piece = min(left, result.count - start)
      result.append(contentsOf: Array(result[start..<start + piece]))
      left -= piece
    }
  }

  /// A varint: seven bits a byte, low bits first.
  private static func takeNumber(_ source: inout ArraySlice<UInt8>) throws -> Int {
    var value = 0
    for shift in stride(from: 0, to: 56, by: 7) {
      guard let byte = source.popFirst() else { throw Failure(description: "a number is cut") }
      value |= Int(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Failure(description: "a number is too long")
  }

  /// The bytes of a file under `Tests/Fixtures`.
  static func file(_ name: String) throws -> [UInt8] {
    let here = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
    let path = here.dropLast(2).joined(separator: "/") + "/Fixtures/" + name
    guard let handle = fopen(path, "rb") else { throw Failure(description: "no file \(name)") }
    defer { fclose(handle) }
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&piece, 1, piece.count, handle)
      if count == 0 { break }
      result.append(contentsOf: piece.prefix(count))
    }
    guard ferror(handle) == 0 else { throw Failure(description: "\(name) cannot be read") }
    return result
  }
}
