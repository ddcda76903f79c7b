import VMState

/// Makes the stream again of a lossless JSON dump, edited or not.
///
/// The text is read piece by piece and may be larger than memory. Lengths and offsets in the
/// dump are not looked at: pieces follow each other as in the text.
public enum Assembler {
  /// What came of it.
  public struct Result: Sendable {
    /// Bytes up to the last one written.
    public var length: UInt64 = 0
    /// Pieces read.
    public var pieces = 0
  }

  /// Writes the stream.
  ///
  /// - Parameters:
  ///   - json: The dump's text.
  ///   - files: Where the pages are, if the dump was made with files beside it.
  ///   - target: Takes the bytes; needs positions for a mapped-ram file. It is not closed.
  /// - Throws: `malformedJSON`, `badDescription` with the piece's number, `valueOutOfRange` with
  ///   the field's path for a value that does not fit; the channels' errors.
  public static func assemble(
    _ json: any ByteChannel, files: PageSources? = nil, to target: any ByteChannel
  ) throws(VMStateError) -> Result {
    var reader = JSONPieceReader(json)
    var assembly = Assembly(target, files)
    var result = Result()
    while let piece = try reader.next() {
      result.pieces += 1
      do throws(VMStateError) {
        try assembly.put(try JSONMembers(piece))
      } catch {
        throw error.named("piece \(result.pieces)")
      }
    }
    result.length = try assembly.finish()
    return result
  }
}

/// Files that hold the pages of a dump.
public final class PageSources {
  private let open: (String) throws(VMStateError) -> any ByteChannel
  private var channels: [String: any ByteChannel] = [:]

  /// Files opened by a closure, which gets a name without a slash.
  public init(open: @escaping (String) throws(VMStateError) -> any ByteChannel) {
    self.open = open
  }

  /// Files in a folder.
  public convenience init(folder: String) {
    self.init { name throws(VMStateError) in try FileChannel(reading: "\(folder)/\(name)") }
  }

  /// Bytes of a file.
  ///
  /// - Throws: `badDescription` for a name that leads elsewhere, `endOfStream`.
  func bytes(
    _ name: String, at position: UInt64, _ count: Int
  ) throws(VMStateError) -> [UInt8] {
    let channel = try channel(name)
    var bytes = [UInt8](repeating: 0, count: count)
    guard try channel.readFully(into: &bytes, at: position) == count else {
      throw VMStateError(
        .endOfStream, "a file with pages is too short", expected: "\(count) bytes at \(position)"
      ).within(name)
    }
    return bytes
  }

  private func channel(_ name: String) throws(VMStateError) -> any ByteChannel {
    if let known = channels[name] { return known }
    guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")),
      channels.count <= PageFiles.mostFiles + 1
    else {
      throw VMStateError(
        .badDescription, "a file that is not one of the dump's", expected: "a plain name",
        found: String(name.prefix(60)))
    }
    let channel = try open(name)
    channels[name] = channel
    return channel
  }
}
