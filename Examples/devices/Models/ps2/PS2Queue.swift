/// The bytes a PS/2 device has ready: at most 16 of its own, and in front of them up to 8 of
/// a command's reply.
///
/// The ring has 256 places on the wire and in use. QEMU: `PS2Queue`, hw/input/ps2.c.
public struct PS2Queue: Sendable {
  /// Places in the ring.
  public static let size: Int32 = 256
  /// Most bytes of the device's own.
  public static let capacity: Int32 = 16
  /// Most bytes of a reply.
  public static let replyCapacity: Int32 = 8

  /// The ring.
  public var data = InlineArray<256, UInt8>(repeating: 0)
  /// Index of the next byte to read.
  public var readIndex: Int32 = 0
  /// Index of the next free place.
  public var writeIndex: Int32 = 0
  /// Bytes held.
  public var count: Int32 = 0
  /// Index after the reply's last byte, or -1 when no reply waits.
  public var replyEnd: Int32 = -1

  /// An empty queue.
  public init() {}

  private static func wrap(_ index: Int32) -> Int32 { index & (size - 1) }

  /// Bytes of the device's own that still fit.
  public var room: Int32 { max(0, Self.capacity &- count) }

  /// Bytes of the reply that wait.
  var replyCount: Int32 { replyEnd == -1 ? 0 : Self.wrap(replyEnd &- readIndex) }

  /// Adds a byte of the device's own; a full queue stays as it is.
  mutating func append(_ byte: UInt8) {
    guard count < Self.capacity else { return }
    data[Int(Self.wrap(writeIndex))] = byte
    writeIndex = Self.wrap(writeIndex &+ 1)
    count += 1
  }

  /// Takes the next byte. An empty queue gives the last byte again, as software expects.
  mutating func next() -> UInt8 {
    guard count > 0 else { return data[Int(Self.wrap(readIndex &- 1))] }
    let byte = data[Int(Self.wrap(readIndex))]
    readIndex = Self.wrap(readIndex &+ 1)
    count -= 1
    if readIndex == replyEnd { replyEnd = -1 }
    return byte
  }

  /// Drops the rest of a reply: a new command cancels it.
  mutating func dropReply() {
    guard replyEnd != -1 else { return }
    count = max(0, count &- replyCount)
    readIndex = Self.wrap(replyEnd)
    replyEnd = -1
  }

  /// Puts a reply of at most 8 bytes in front of what waits.
  mutating func reply(_ bytes: [UInt8]) {
    dropReply()
    let length = Int32(min(bytes.count, Int(Self.replyCapacity)))
    replyEnd = Self.wrap(readIndex)
    readIndex = Self.wrap(readIndex &- length)
    for (index, byte) in bytes.prefix(Int(length)).enumerated() {
      data[Int(Self.wrap(readIndex &+ Int32(index)))] = byte
    }
    count += length
  }

  /// Empties the queue.
  mutating func reset() {
    readIndex = 0
    writeIndex = 0
    count = 0
    replyEnd = -1
  }

  /// Brings loaded indexes and counts into their ranges.
  ///
  /// QEMU: `ps2_common_post_load`, hw/input/ps2.c.
  mutating func sanitize() {
    let replyLength = min(replyCount, Self.replyCapacity)
    count = min(max(count, replyLength), replyLength + Self.capacity)
    readIndex = Self.wrap(readIndex)
    writeIndex = Self.wrap(readIndex &+ count)
    replyEnd = replyLength == 0 ? -1 : Self.wrap(readIndex &+ replyLength)
  }
}

/// What a PS/2 keyboard and a PS/2 mouse have in common.
///
/// QEMU: `PS2State`, include/hw/input/ps2.h.
public struct PS2CommonState: Sendable {
  /// The command whose parameter comes next, or -1.
  public var writeCommand: Int32 = -1
  /// Bytes for the host.
  public var queue = PS2Queue()

  /// A device after a reset.
  public init() {}
}
