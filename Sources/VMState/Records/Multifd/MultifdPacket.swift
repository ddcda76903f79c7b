/// A packet of a multifd channel after the first one.
///
/// The flags tell the kinds apart. A packet's payload follows its header and is not held: the
/// reader stands at its first byte.
public enum MultifdPacket: Sendable, Hashable {
  /// Pages, or a point of synchronisation.
  case pages(MultifdPagePacket)
  /// A piece of a device's state.
  case deviceState(MultifdDeviceStatePacket)

  /// Reads a packet's header.
  ///
  /// - Parameters:
  ///   - pageSize: The size of a guest page, at most 512 KiB.
  ///   - layout: See `MultifdPagePacket.Layout`.
  ///   - maximumPayload: The longest piece of a device's state, in bytes.
  /// - Throws: `badMagic`, `badPacket`, `limitExceeded`, `endOfStream`, or the channel's error.
  public init(
    from reader: inout StreamReader, pageSize: TargetPageSize = .standard,
    layout: MultifdPagePacket.Layout = .zeroPages, maximumPayload: Int = 64 << 20
  ) throws(VMStateError) {
    precondition(MultifdFormat.pageCount(for: pageSize) > 0, "a page larger than a packet")
    try MultifdFormat.checkStart(&reader)
    let flags = MultifdFlags(rawValue: try reader.get())
    guard flags.isSubset(of: .known) else {
      throw VMStateError(
        .badPacket, "a multifd packet with unknown flags", offset: reader.position - 4,
        expected: "bits of " + hexadecimal(MultifdFlags.known.rawValue),
        found: hexadecimal(flags.rawValue))
    }
    if flags.contains(.deviceState) {
      self = .deviceState(
        try MultifdDeviceStatePacket(
          after: flags, from: &reader, maximumPayload: maximumPayload))
    } else {
      self = .pages(
        try MultifdPagePacket(after: flags, from: &reader, pageSize: pageSize, layout: layout))
    }
  }

  /// Reads the next packet's header, or gives nil if the channel ends here, where it may.
  ///
  /// - Throws: As the initializer does; an end inside the header is an error.
  public static func next(
    from reader: inout StreamReader, pageSize: TargetPageSize = .standard,
    layout: MultifdPagePacket.Layout = .zeroPages, maximumPayload: Int = 64 << 20
  ) throws(VMStateError) -> MultifdPacket? {
    guard try reader.peekByte() != nil else { return nil }
    return try MultifdPacket(
      from: &reader, pageSize: pageSize, layout: layout, maximumPayload: maximumPayload)
  }

  /// Bytes that follow the header.
  public var payloadLength: Int {
    switch self {
    case .pages(let packet): packet.payloadLength
    case .deviceState(let packet): Int(packet.payloadLength)
    }
  }

  /// Writes the header; the payload is put after it.
  ///
  /// - Throws: `valueOutOfRange` if a field does not fit.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    switch self {
    case .pages(let packet): try packet.write(to: &writer)
    case .deviceState(let packet): try packet.write(to: &writer)
    }
  }
}
