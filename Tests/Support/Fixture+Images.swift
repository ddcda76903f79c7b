extension Fixture {
  /// What is known about one fixture under `Tests/Fixtures/images`.
  public struct Image: Sendable, CustomStringConvertible {
    /// Its name, as in `qcow2-v3-64k`.
    public let name: String
    /// Its size in bytes.
    public let size: Int
    /// The states in it, in the order of its table; one for what has no table.
    public var states: [State] = []

    public var description: String { name }
  }

  /// A state inside a file, as a reader written in another language found it.
  public struct State: Sendable {
    /// The id of a qcow2 snapshot; empty elsewhere.
    public let id: String
    /// The name of a qcow2 snapshot; empty elsewhere.
    public let name: String
    /// Bytes by the snapshot table; elsewhere of the stream.
    public let size: UInt64
    /// Bytes of the stream; more than `size` for a mapped-ram snapshot, 0 for none.
    public let length: Int
    /// FNV-1a over the stream, 64 bits.
    public let checksum: UInt64
  }

  /// All files that hold a state, in the manifest's order; `make_images.py` in `Tests/Tools` makes them
  /// and `PROVENANCE.md` beside them says how.
  public static func images() throws -> [Image] {
    let text = String(decoding: try file("images/manifest.txt"), as: UTF8.self)
    var list: [Image] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: false)
      if words[0] == "image", words.count >= 3, let size = Int(words[2]) {
        list.append(Image(name: String(words[1]), size: size))
      } else if words[0] == "state", words.count == 7, let size = UInt64(words[2]),
        let length = Int(words[3]), let sum = UInt64(words[4], radix: 16), !list.isEmpty
      {
        list[list.count - 1].states.append(
          State(
            id: words[1] == "-" ? "" : String(words[1]), name: String(words[6]), size: size,
            length: length, checksum: sum))
      } else {
        throw Failure(description: "images/manifest.txt: cannot read \"\(line)\"")
      }
    }
    return list
  }

  /// The bytes of one file.
  public static func image(_ name: String) throws -> [UInt8] {
    guard let entry = try images().first(where: { $0.name == name }) else {
      throw Failure(description: "there is no image \(name)")
    }
    if let raw = try? file("images/\(name).raw") { return raw }
    return try unpack(try file("images/\(name).packed"), size: entry.size)
  }

  /// FNV-1a, 64 bits.
  public static func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { raw in
      var value: UInt64 = 0xCBF2_9CE4_8422_2325
      var index = 0
      while index < raw.count {
        value = (value ^ UInt64(raw[index])) &* 0x100_0000_01B3
        index &+= 1
      }
      return value
    }
  }
}
