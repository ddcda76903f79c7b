import VMState

/// Finds the JSON description at the end of a stream.
///
/// The sections before it have no lengths, so it is looked for backwards from the end: EOF
/// byte, type byte `06`, be32 length, text. A candidate counts if its text lies in the file
/// and parses; one that ends exactly with the file is preferred by the order of the search.
public enum DescriptionLocator {
  /// A description and where it stands.
  public struct Found {
    /// The values.
    public var description: StreamDescription
    /// From the type byte to the end of the text.
    public var range: Range<UInt64>
  }

  /// Looks at the last bytes of a channel that can read at positions.
  ///
  /// - Returns: nil if there is no description, or the channel has no size.
  /// - Throws: The channel's error.
  public static func find(
    in channel: any ByteChannel, limits: Limits = Limits()
  ) throws(VMStateError) -> Found? {
    guard let size = channel.size, channel.capabilities.contains(.positioned) else { return nil }
    // Most descriptions are below 128 KiB; the window grows only where none was found.
    var window: UInt64 = 1 << 17
    while true {
      let first = size > window ? size - window : 0
      let bytes = try read(channel, from: first, count: Int(size - first))
      if let found = search(bytes, base: first, limits) { return found }
      guard first > 0, window < UInt64(limits.descriptionBytes) else { return nil }
      window *= 8
    }
  }

  private static func read(
    _ channel: any ByteChannel, from first: UInt64, count: Int
  ) throws(VMStateError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let done = try channel.readFully(into: &bytes, at: first)
    return done == count ? bytes : Array(bytes.prefix(done))
  }

  static func search(_ bytes: [UInt8], base: UInt64, _ limits: Limits) -> Found? {
    // 00 06 be32 {"
    guard bytes.count >= 8 else { return nil }
    var start = bytes.count - 8
    while start >= 0 {
      if bytes[start] == SectionKind.endOfFile.rawValue,
        bytes[start + 1] == SectionKind.description.rawValue, bytes[start + 6] == UInt8(ascii: "{"),
        let found = candidate(bytes, start + 1, base, limits)
      {
        return found
      }
      start -= 1
    }
    return nil
  }

  /// The text is parsed where it stands, without a copy: a file can hold millions of
  /// candidates, and each ends at the next one's zero byte at the latest.
  private static func candidate(
    _ bytes: [UInt8], _ kind: Int, _ base: UInt64, _ limits: Limits
  ) -> Found? {
    let length = bytes[kind + 1...kind + 4].reduce(0) { $0 << 8 | Int($1) }
    let first = kind + 5
    guard length <= bytes.count - first else { return nil }
    let description = bytes.withUnsafeBytes { all in
      try? StreamDescription(
        parsing: UnsafeRawBufferPointer(rebasing: all[first..<first + length]), limits: limits)
    }
    return description.map {
      Found(description: $0, range: base + UInt64(kind)..<base + UInt64(first + length))
    }
  }
}
