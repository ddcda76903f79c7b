/// An end of a connection of the user-mode network stack.
///
/// Wire: be16 family; for IPv4 be32 address and be16 port. These numbers hold network order
/// in memory and are written as integers: from a little-endian host 10.0.2.100 is
/// `64 02 00 0a`. libslirp: `vmstate_slirp_socket_addr`, src/state.c.
public struct SlirpAddress: Sendable, Hashable {
  /// The family of IPv4.
  public static let ipv4: UInt16 = 2
  /// The families that mean IPv6 on one host or another; the first is Linux'.
  public static let ipv6: [UInt16] = [10, 23, 28]
  /// What is written for any other family; the library refuses it on load.
  public static let other: UInt16 = 0xFFFF

  /// The family's number.
  public var family: UInt16
  /// The address as the number on the wire; only with IPv4.
  public var address: UInt32
  /// The port as the number on the wire; only with IPv4.
  public var port: UInt16

  /// An address as on the wire.
  public init(family: UInt16, address: UInt32 = 0, port: UInt16 = 0) {
    self.family = family
    self.address = address
    self.port = port
  }

  /// An IPv4 address as a little-endian host writes it.
  ///
  /// - Parameter bytes: The four numbers of the dotted form.
  public init(_ bytes: (UInt8, UInt8, UInt8, UInt8), port: UInt16) {
    let number =
      UInt32(bytes.3) << 24 | UInt32(bytes.2) << 16 | UInt32(bytes.1) << 8 | UInt32(bytes.0)
    self.init(family: Self.ipv4, address: number, port: port.byteSwapped)
  }

  init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    self.init(family: try reader.get())
    switch family {
    case Self.ipv4:
      address = try reader.get()
      port = try reader.get()
    case let family where Self.ipv6.contains(family): break
    case Self.other: break
    default:
      throw VMStateError(
        .badRecord, "an address of an unknown family", offset: offset,
        expected: "2, 10, 23 or 28", found: "\(family)")
    }
  }

  func write(to writer: inout StreamWriter) {
    writer.put(family)
    guard family == Self.ipv4 else { return }
    writer.put(address)
    writer.put(port)
  }
}

/// Data that waits on a connection of the user-mode network stack.
///
/// Wire: be32 bytes waiting, be32 size, be32 offset of the next byte to write, be32 offset of
/// the next to read, the whole buffer. libslirp: `vmstate_slirp_sbuf`, src/state.c.
public struct SlirpBuffer: Sendable, Hashable {
  /// Bytes that wait.
  public var waiting: UInt32
  /// Where the next byte is put.
  public var writeOffset: UInt32
  /// Where the next byte is taken.
  public var readOffset: UInt32
  /// The whole ring, at least one byte.
  public var bytes: [UInt8]

  /// A buffer.
  public init(waiting: UInt32, writeOffset: UInt32, readOffset: UInt32, bytes: [UInt8]) {
    self.waiting = waiting
    self.writeOffset = writeOffset
    self.readOffset = readOffset
    self.bytes = bytes
  }

  /// - Parameter left: Bytes that all buffers together may still take.
  init(from reader: inout StreamReader, left: inout Int) throws(VMStateError) {
    let offset = reader.position
    waiting = try reader.get()
    let size = try reader.get(UInt32.self)
    writeOffset = try reader.get()
    readOffset = try reader.get()
    guard writeOffset < size, readOffset < size, waiting <= size else {
      throw VMStateError(
        .badRecord, "a connection's buffer with offsets outside of it", offset: offset,
        expected: "below \(size)",
        found: "write \(writeOffset), read \(readOffset), waiting \(waiting)")
    }
    bytes = try reader.getBytes(Int(size), limit: left)
    left -= bytes.count
  }

  func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(waiting)
    writer.put(try writer.fitting(bytes.count, UInt32.self, "a buffer"))
    writer.put(writeOffset)
    writer.put(readOffset)
    writer.put(bytes: bytes)
  }
}
