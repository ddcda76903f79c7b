extension Fixture {
  /// The names under `Tests/Fixtures/records`, in the manifest's order; `pack_records.py` in
  /// `Tests/Tools` makes them and `PROVENANCE.md` there says what they are.
  public static func recordNames() throws -> [String] { try recordSizes().map(\.name) }

  /// Records cut out of recorded streams, for instance `10.0/xbzrle-pages`.
  public static func records(_ name: String) throws -> [UInt8] {
    guard let entry = try recordSizes().first(where: { $0.name == name }) else {
      throw Failure(description: "there is no fixture of records \(name)")
    }
    if let raw = try? file("records/\(name).raw") { return raw }
    return try unpack(try file("records/\(name).packed"), size: entry.size)
  }

  private static func recordSizes() throws -> [(name: String, size: Int)] {
    let text = String(decoding: try file("records/manifest.txt"), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      guard words.count == 3, let size = Int(words[1]) else {
        throw Failure(description: "records/manifest.txt: cannot read \"\(line)\"")
      }
      return (String(words[0]), size)
    }
  }
}
