/// A section's place in a stream, and its sum.
public struct SectionSum: Sendable, Hashable {
  /// The idstr.
  public var idstr: String
  /// The instance id.
  public var instance: UInt32
  /// Offset of the type byte.
  public var offset: UInt64
  /// Bytes, header and footer included.
  public var length: UInt64
  /// CRC-32C of these bytes.
  public var crc: UInt32

  /// A section of which everything is known.
  public init(idstr: String, instance: UInt32, offset: UInt64, length: UInt64, crc: UInt32) {
    self.idstr = idstr
    self.instance = instance
    self.offset = offset
    self.length = length
    self.crc = crc
  }
}
