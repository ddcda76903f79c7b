/// A way of compressing bytes.
public enum CompressionFormat: String, Sendable, CaseIterable {
  /// Deflate with gzip's header and trailer (CRC-32); members may follow each other.
  case gzip
  /// Deflate with zlib's two bytes before and Adler-32 behind.
  case zlib
  /// Deflate alone.
  case deflate
  /// Zstandard; frames may follow each other.
  case zstd
  /// bzip2; streams may follow each other.
  case bzip2
  /// xz; streams may follow each other.
  case xz
  /// lzop's blocks of LZO1X; files may follow each other.
  case lzop

  /// The bytes it begins with; empty where nothing can be told by them.
  public var magic: [UInt8] {
    switch self {
    case .gzip: [0x1f, 0x8b]
    case .zstd: [0x28, 0xb5, 0x2f, 0xfd]
    case .bzip2: Array("BZh".utf8)
    case .xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
    case .lzop: LzopHeader.magic
    case .zlib, .deflate: []
    }
  }

  /// The format that begins with these bytes.
  ///
  /// - Parameter start: At least nine bytes, or all there are.
  public init?(startingWith start: some Collection<UInt8>) {
    let found = Self.allCases.first { !$0.magic.isEmpty && start.starts(with: $0.magic) }
    guard let found = found ?? (Self.isSkippableFrame(start) ? .zstd : nil) else { return nil }
    self = found
  }

  /// A zstd frame that decoders pass over, `5x 2a 4d 18`: some programs begin with one.
  static func isSkippableFrame(_ start: some Collection<UInt8>) -> Bool {
    start.first.map { $0 & 0xf0 } == 0x50 && start.dropFirst().starts(with: [0x2a, 0x4d, 0x18])
  }
}

/// What one step of a coder did.
public struct CodingProgress: Sendable, Hashable {
  /// Bytes taken from the input.
  public var consumed: Int
  /// Bytes put into the output.
  public var produced: Int
  /// The end of the member, frame or stream was reached, or of what was to be flushed.
  public var isFinished: Bool

  /// What one step did.
  public init(consumed: Int, produced: Int, isFinished: Bool) {
    self.consumed = consumed
    self.produced = produced
    self.isFinished = isFinished
  }
}

/// What a compressor is to do with what it has taken in.
public enum CodingFlush: Sendable {
  /// Keep it as long as that helps.
  case none
  /// Put out all of it, so that the other side can decode up to here, and keep the history.
  case sync
  /// Put out all of it and end the member or frame.
  case finish
}

/// Something that decodes one member, frame or stream after another.
protocol StreamDecoder: AnyObject {
  /// Decodes some bytes; without any progress more input or more room is needed.
  func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress

  /// Forgets everything: another member, frame or stream begins.
  func reset() throws(VMStateError)
}
