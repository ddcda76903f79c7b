import VMState

/// A channel in which the stream begins behind other bytes, while positions count from its
/// first byte: a mapped-ram stream inside a larger file, whose offsets are those of the file.
public protocol PlacedChannel: ByteChannel {
  /// Where the stream begins.
  var streamOrigin: UInt64 { get }
}

extension ByteChannel {
  /// Where the stream begins: 0 for nearly every channel.
  public var origin: UInt64 { (self as? any PlacedChannel)?.streamOrigin ?? 0 }
}
