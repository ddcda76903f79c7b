import VMState

/// Reads words of a qcow2 image's tables through a small cache: 64 slices of 4 KiB, whatever
/// the size of the tables.
struct QCOW2Tables {
  private static let sliceSize: UInt64 = 4096
  private static let sliceCount = 64

  private struct Slice {
    var first: UInt64 = .max
    var bytes: [UInt8] = []
  }

  private let channel: any ByteChannel
  private var slices = [Slice](repeating: Slice(), count: sliceCount)

  init(_ channel: any ByteChannel) { self.channel = channel }

  /// A big-endian word of 8 bytes; 0 beyond the end of the image.
  ///
  /// - Parameter position: A multiple of 8.
  mutating func word(at position: UInt64) throws(VMStateError) -> UInt64 {
    let first = position / Self.sliceSize * Self.sliceSize
    let index = Int(position / Self.sliceSize % UInt64(Self.sliceCount))
    if slices[index].first != first {
      let bytes = try channel.bytes(at: first, upTo: Int(Self.sliceSize))
      slices[index] = Slice(first: first, bytes: bytes)
    }
    let offset = Int(position - first)
    guard offset + 8 <= slices[index].bytes.count else { return 0 }
    return slices[index].bytes.bigEndian(offset)
  }
}
