/// Sums by which every byte of a stream before its EOF can be checked, and an index of its
/// sections. It stands as the last member of the JSON description, which QEMU skips.
///
/// JSON: `"vmstate_integrity": {"version": 1, "length": …, "crc32c": "…", "sha256": "…",
/// "sections": [{"name", "instance_id", "offset", "length", "crc32c"}…], "files": [{"name",
/// "size", "sha256"}…], "end": "vmstate"}`. Sums are hexadecimal digits.
public struct StreamIntegrity: Sendable, Hashable {
  /// A file beside the stream: a disk, a firmware image.
  public struct File: Sendable, Hashable {
    /// The name that the owner gave.
    public var name: String
    /// Its size in bytes.
    public var size: UInt64
    /// The SHA-256 of its content.
    public var sha256: String

    /// A file of which everything is known.
    public init(name: String, size: UInt64, sha256: String) {
      self.name = name
      self.size = size
      self.sha256 = sha256
    }
  }

  /// Bytes that the sums are of: the stream up to its EOF byte and with it.
  public var length: UInt64 = 0
  /// CRC-32C of these bytes.
  public var crc: UInt32 = 0
  /// SHA-256 of these bytes, if it was asked for.
  public var sha256: String?
  /// The sections in stream order.
  public var sections: [SectionSum] = []
  /// Files beside the stream.
  public var files: [File] = []

  /// An empty one.
  public init() {}

  /// The member's name in the description.
  public static let key = "vmstate_integrity"
  /// How a description with sums ends, so that a loader knows before it begins.
  static let mark = Array("\"end\": \"vmstate\"}}".utf8)
}

extension StreamIntegrity.File {
  /// Reads a file and sums it.
  ///
  /// - Parameter name: What it is called in the stream; nil takes the path.
  /// - Throws: `channelFailed`, `fileTruncated`.
  public init(path: String, name: String? = nil) throws(VMStateError) {
    let channel = try FileChannel(reading: path)
    defer { try? channel.close() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    var sum = SHA256()
    var size: UInt64 = 0
    while true {
      let count = try channel.read(into: buffer)
      guard count > 0 else { break }
      sum.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      size += UInt64(count)
    }
    self.init(name: name ?? path, size: size, sha256: sum.text)
  }
}

// MARK: - JSON

extension StreamIntegrity {
  /// Adds the member to a description's object.
  func describe(to text: inout DescriptionText) {
    text.beginObject(Self.key)
    text.put("version", 1)
    text.put("length", Int64(clamping: length))
    text.put("crc32c", CRC32C.text(crc))
    if let sha256 { text.put("sha256", sha256) }
    text.beginArray("sections")
    for section in sections {
      text.beginObject()
      text.put("name", section.idstr)
      text.put("instance_id", Int64(section.instance))
      text.put("offset", Int64(clamping: section.offset))
      text.put("length", Int64(clamping: section.length))
      text.put("crc32c", CRC32C.text(section.crc))
      text.endObject()
    }
    text.endArray()
    text.beginArray("files")
    for file in files {
      text.beginObject()
      text.put("name", file.name)
      text.put("size", Int64(clamping: file.size))
      text.put("sha256", file.sha256)
      text.endObject()
    }
    text.endArray()
    text.put("end", "vmstate")
    text.endObject()
  }

  /// Takes the member out of a description.
  ///
  /// - Returns: nil if it has none.
  /// - Throws: `malformedJSON`, `badDescription`, `limitExceeded`.
  public static func find(
    in text: [UInt8], limits: Limits = Limits()
  ) throws(VMStateError) -> StreamIntegrity? {
    let value = try JSONValue.parse(text, limits: limits)
    return try value[key].map { value throws(VMStateError) in try StreamIntegrity(value) }
  }

  /// Reads the member's value.
  ///
  /// - Throws: `badDescription`.
  public init(_ value: JSONValue) throws(VMStateError) {
    guard value["version"]?.int == 1, let length = value["length"]?.uint64,
      let crc = UInt32(value["crc32c"]?.text ?? "", radix: 16)
    else { throw Self.misshapen }
    self.length = length
    self.crc = crc
    sha256 = value["sha256"]?.text
    for section in value["sections"]?.elements ?? [] { sections.append(try SectionSum(section)) }
    for file in value["files"]?.elements ?? [] { files.append(try File(file)) }
  }

  fileprivate static var misshapen: VMStateError {
    VMStateError(
      .badDescription, "the sums in the JSON description do not have the known form",
      path: [key])
  }
}

extension SectionSum {
  fileprivate init(_ value: JSONValue) throws(VMStateError) {
    guard let name = value["name"]?.text, let instance = value["instance_id"]?.uint64,
      let offset = value["offset"]?.uint64, let length = value["length"]?.uint64,
      let crc = UInt32(value["crc32c"]?.text ?? "", radix: 16)
    else { throw StreamIntegrity.misshapen }
    self.init(
      idstr: name, instance: UInt32(truncatingIfNeeded: instance), offset: offset,
      length: length, crc: crc)
  }
}

extension StreamIntegrity.File {
  fileprivate init(_ value: JSONValue) throws(VMStateError) {
    guard let name = value["name"]?.text, let size = value["size"]?.uint64,
      let sum = value["sha256"]?.text
    else { throw StreamIntegrity.misshapen }
    self.init(name: name, size: size, sha256: sum)
  }
}
