import VMState

/// Files beside a JSON dump that hold the pages of the RAM blocks, one file for each block.
public final class PageFiles {
  /// Most files of blocks; the pages of further blocks share one more.
  static let mostFiles = 128

  private let make: (String) throws(VMStateError) -> any ByteChannel
  private var channels: [String: (channel: any ByteChannel, length: UInt64)] = [:]

  /// Files made by a closure, which gets a name without a slash and begins a new file.
  public init(make: @escaping (String) throws(VMStateError) -> any ByteChannel) {
    self.make = make
  }

  /// Files in a folder that exists.
  public convenience init(folder: String) {
    self.init { name throws(VMStateError) in
      try AtomicFileChannel(savingTo: "\(folder)/\(name)")
    }
  }

  /// A block's file: its number and what is harmless of its name.
  static func name(_ index: Int, _ block: [UInt8]) -> String {
    guard index < mostFiles else { return "more.pages" }
    let harmless = block.prefix(64).map { byte -> Character in
      let isPlain =
        byte >= 0x30 && byte <= 0x39 || byte & 0xDF >= 0x41 && byte & 0xDF <= 0x5A
        || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      return isPlain ? Character(Unicode.Scalar(byte)) : "_"
    }
    return "\(index)-\(String(harmless)).pages"
  }

  /// Appends to a file; the position where it begins.
  func append(
    _ bytes: UnsafeRawBufferPointer, to name: String
  ) throws(VMStateError) -> UInt64 {
    let (channel, first) = try channel(name)
    try channel.writeFully(bytes)
    channels[name] = (channel, first + UInt64(bytes.count))
    return first
  }

  private func channel(
    _ name: String
  ) throws(VMStateError) -> (any ByteChannel, UInt64) {
    if let known = channels[name] { return known }
    return (try make(name), 0)
  }

  /// Gives the files their names.
  func close() throws(VMStateError) {
    for name in channels.keys.sorted() { try channels[name]?.channel.close() }
    channels = [:]
  }
}
