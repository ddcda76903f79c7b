import VMState

/// The header of a libvirt save image.
///
/// Wire: 16 bytes magic, then five 32-bit integers in the byte order of the host that saved
/// (version, bytes of XML and cookie, was running, format, where the cookie begins), 56 zeros;
/// the XML, the cookie, padding; the stream.
///
/// libvirt: `struct _virQEMUSaveHeader`, qemu_saveimage.h.
public struct LibvirtHeader: Sendable, Hashable {
  /// How the stream behind the header is stored.
  public enum Format: UInt32, Sendable, CaseIterable {
    /// As it is.
    case raw = 0
    /// gzip.
    case gzip = 1
    /// bzip2.
    case bzip2 = 2
    /// xz.
    case xz = 3
    /// lzop.
    case lzop = 4
    /// zstd.
    case zstd = 5
    /// A mapped-ram stream at the file's own positions.
    case sparse = 6

    /// The name that libvirt's configuration uses.
    public var name: String { "\(self)" }
    /// The compression, if there is one.
    public var compression: CompressionFormat? {
      switch self {
      case .gzip: .gzip
      case .bzip2: .bzip2
      case .xz: .xz
      case .lzop: .lzop
      case .zstd: .zstd
      case .raw, .sparse: nil
      }
    }
  }

  /// Bytes of the header.
  static let length = 92
  /// Magic of a whole image.
  static let magic = Array("LibvirtQemudSave".utf8)
  /// Magic of one that is being written, or whose writing was broken off.
  static let partialMagic = Array("LibvirtQemudPart".utf8)
  private static let newestVersion: UInt32 = 2
  private static let longestText = 16 << 20

  /// The image was written to its end.
  public let isComplete: Bool
  /// The integers are big-endian.
  public let isBigEndian: Bool
  /// 1 (never compressed) or 2.
  public let version: UInt32
  /// Bytes between the header and the stream.
  public let dataLength: UInt32
  /// The guest ran when it was saved.
  public let wasRunning: Bool
  /// How the stream is stored.
  public let format: Format
  /// Where the cookie begins, from the XML's first byte; 0 if there is none.
  public let cookieOffset: UInt32
  /// The domain's XML.
  public internal(set) var xml = ""
  /// libvirt's private data; empty if there is none.
  public internal(set) var cookie = ""

  /// Where the stream begins.
  public var streamOffset: UInt64 { UInt64(Self.length) + UInt64(dataLength) }

  /// True for the first bytes of a save image.
  static func matches(_ start: [UInt8]) -> Bool {
    start.starts(with: magic) || start.starts(with: partialMagic)
  }

  /// Decodes and checks the header.
  ///
  /// - Parameter bytes: The first 92 bytes of the file.
  /// - Throws: `badContainer`, `unsupported`, `endOfStream`.
  init(_ bytes: [UInt8]) throws(VMStateError) {
    guard bytes.count >= Self.length else {
      throw VMStateError(
        .endOfStream, "the file ends inside the header", offset: UInt64(bytes.count),
        expected: "\(Self.length) bytes", found: "\(bytes.count)")
    }
    isComplete = bytes.starts(with: Self.magic)
    func accepts(_ version: UInt32) -> Bool { version >= 1 && version <= Self.newestVersion }
    isBigEndian = !accepts(bytes.littleEndian(16)) && accepts(bytes.bigEndian(16))
    let order = isBigEndian
    func word(_ index: Int) -> UInt32 {
      order ? bytes.bigEndian(16 + 4 * index) : bytes.littleEndian(16 + 4 * index)
    }
    version = word(0)
    dataLength = word(1)
    wasRunning = word(2) != 0
    cookieOffset = word(4)
    guard let format = version == 1 ? Format.raw : Format(rawValue: word(3)) else {
      throw VMStateError(
        .unsupported, "the stream is stored in an unknown way", offset: 28,
        expected: "0 to 6", found: "\(word(3))")
    }
    self.format = format
    try check(accepts(version))
  }

  private func check(_ isKnown: Bool) throws(VMStateError) {
    guard isKnown else {
      throw VMStateError(
        .unsupported, "the image's version is not supported", offset: 16, expected: "1 or 2",
        found: "\(version)")
    }
    guard dataLength > 0, dataLength <= Int32.max else {
      throw VMStateError(
        .badContainer, "the length of the XML cannot be", offset: 20,
        expected: "1 to \(Int32.max)", found: "\(dataLength)")
    }
    guard cookieOffset <= dataLength else {
      throw VMStateError(
        .badContainer, "the cookie begins behind the data", offset: 32,
        expected: "at most \(dataLength)", found: "\(cookieOffset)")
    }
  }

  /// How much of the data is kept for `xml` and `cookie`.
  var keptLength: Int { min(Int(dataLength), Self.longestText) }

  /// Takes XML and cookie out of the data behind the header.
  mutating func setTexts(_ data: [UInt8]) {
    let split = min(cookieOffset == 0 ? data.count : Int(cookieOffset), data.count)
    xml = Self.text(data[..<split])
    cookie = Self.text(data[split...])
  }

  /// Up to the first zero.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
