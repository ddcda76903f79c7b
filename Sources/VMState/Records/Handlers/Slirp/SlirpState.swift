/// The body of a `slirp` section: the user-mode network stack.
///
/// Wire: for each connection a byte that is not zero (42 from QEMU) and the connection; a zero
/// byte; be16 identification of the next IP packet; 16 clients of BOOTP. QEMU: net/slirp.c;
/// libslirp: `slirp_state_save`, src/state.c.
public struct SlirpState: Sendable, Hashable {
  /// The section's version, and the newest of the library.
  public static let newestVersion = 4
  /// Clients in the table of BOOTP.
  public static let clientCount = 16
  /// The byte before a connection.
  public static let marker: UInt8 = 42

  /// A client of BOOTP. Wire: be16, 6 bytes.
  public struct Client: Sendable, Hashable {
    /// Not zero if the place is taken.
    public var allocated: UInt16
    /// The hardware address, 48 bits.
    public var address: UInt64

    /// A client.
    public init(allocated: UInt16 = 0, address: UInt64 = 0) {
      self.allocated = allocated
      self.address = address
    }
  }

  /// Connections of guest-forward rules. Ordinary connections are never saved.
  public var sockets: [SlirpSocket]
  /// Identification of the next IP packet (versions from 2).
  public var nextIdentification: UInt16
  /// The clients, `clientCount` (versions from 3).
  public var clients: [Client]

  /// A stack; without arguments a fresh one.
  public init(
    sockets: [SlirpSocket] = [], nextIdentification: UInt16 = 0,
    clients: [Client] = [Client](repeating: Client(), count: clientCount)
  ) {
    self.sockets = sockets
    self.nextIdentification = nextIdentification
    self.clients = clients
  }

  /// Reads the body.
  ///
  /// - Parameters:
  ///   - version: The section's, 1 to `newestVersion`.
  ///   - limits: `elements` bounds the connections, `fieldBytes` all their data together.
  /// - Throws: `versionTooNew`, `versionTooOld`, `badRecord`, `limitExceeded`, `endOfStream`,
  ///   or the channel's error.
  public init(
    from reader: inout StreamReader, version: Int = newestVersion, limits: Limits = Limits()
  ) throws(VMStateError) {
    guard version <= Self.newestVersion, version >= 1 else {
      throw VMStateError(
        version < 1 ? .versionTooOld : .versionTooNew, "version \(version) is not supported",
        offset: reader.position, expected: "1 to \(Self.newestVersion)", found: "\(version)")
    }
    self.init()
    try readSockets(&reader, version, limits)
    if version >= 2 { nextIdentification = try reader.get() }
    guard version >= 3 else { return }
    for index in clients.indices {
      clients[index].allocated = try reader.get()
      let high = UInt64(try reader.get(UInt16.self))
      clients[index].address = high << 32 | UInt64(try reader.get(UInt32.self))
    }
  }

  private mutating func readSockets(
    _ reader: inout StreamReader, _ version: Int, _ limits: Limits
  ) throws(VMStateError) {
    // A connection takes memory of its own, besides its buffers.
    let connection = MemoryLayout<SlirpSocket>.stride + 128
    var bytes = limits.fieldBytes
    while true {
      let offset = reader.position
      let marker = try reader.get(UInt8.self)
      if marker == 0 { return }
      guard sockets.count < limits.elements, bytes > connection else {
        throw VMStateError(
          .limitExceeded, "more connections than the limit", offset: offset,
          expected: "at most \(sockets.count)")
      }
      bytes -= connection
      var socket = try SlirpSocket(from: &reader, version: version, bytes: &bytes)
      socket.marker = marker
      sockets.append(socket)
    }
  }

  /// Writes the body.
  ///
  /// - Throws: `valueOutOfRange` for another number of clients, a buffer that is too long, or
  ///   a marker of zero.
  public func write(
    to writer: inout StreamWriter, version: Int = newestVersion
  ) throws(VMStateError) {
    guard clients.count == Self.clientCount, sockets.allSatisfy({ $0.marker != 0 }) else {
      throw VMStateError(
        .valueOutOfRange, "a slirp stack that the format cannot express", offset: writer.position,
        expected: "\(Self.clientCount) clients and no marker of zero")
    }
    for socket in sockets {
      writer.put(socket.marker)
      try socket.write(to: &writer, version: version)
    }
    writer.put(UInt8(0))
    if version >= 2 { writer.put(nextIdentification) }
    guard version >= 3 else { return }
    for client in clients {
      writer.put(client.allocated)
      writer.put(UInt16(truncatingIfNeeded: client.address >> 32))
      writer.put(UInt32(truncatingIfNeeded: client.address))
    }
  }
}
