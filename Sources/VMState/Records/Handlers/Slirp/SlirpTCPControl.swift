/// The TCP state of a connection of the user-mode network stack.
///
/// Wire: the members in this order, big-endian, 119 bytes. libslirp: `vmstate_slirp_tcp`,
/// src/state.c.
public struct SlirpTCPControl: Sendable, Hashable {
  /// Bytes on the wire.
  public static let length = 119

  /// State of the protocol.
  public var state: Int16 = 0
  /// Timer 0.
  public var timer0: Int16 = 0
  /// Timer 1.
  public var timer1: Int16 = 0
  /// Timer 2.
  public var timer2: Int16 = 0
  /// Timer 3.
  public var timer3: Int16 = 0
  /// Exponent of the retransmit time.
  public var retransmitShift: Int16 = 0
  /// Current retransmit time.
  public var retransmitTime: Int16 = 0
  /// Acknowledgements received twice in a row.
  public var duplicateAcks: Int16 = 0
  /// Largest segment.
  public var maximumSegment: UInt16 = 0
  /// Not zero to send a byte into a closed window.
  public var force: UInt8 = 0
  /// Flags of the protocol.
  public var flags: UInt16 = 0
  /// Send: first byte not acknowledged.
  public var sendUnacknowledged: UInt32 = 0
  /// Send: next byte.
  public var sendNext: UInt32 = 0
  /// Send: urgent pointer.
  public var sendUrgent: UInt32 = 0
  /// Send: segment of the last window update.
  public var sendWindowSegment: UInt32 = 0
  /// Send: acknowledgement of the last window update.
  public var sendWindowAck: UInt32 = 0
  /// First number of the sending side.
  public var initialSend: UInt32 = 0
  /// Send window.
  public var sendWindow: UInt32 = 0
  /// Receive window.
  public var receiveWindow: UInt32 = 0
  /// Receive: next byte.
  public var receiveNext: UInt32 = 0
  /// Receive: urgent pointer.
  public var receiveUrgent: UInt32 = 0
  /// First number of the receiving side.
  public var initialReceive: UInt32 = 0
  /// Receive: end of the advertised window.
  public var receiveAdvertised: UInt32 = 0
  /// Highest number sent.
  public var sendMaximum: UInt32 = 0
  /// Congestion window.
  public var congestionWindow: UInt32 = 0
  /// Threshold of slow start.
  public var slowStartThreshold: UInt32 = 0
  /// Time without activity.
  public var idle: Int16 = 0
  /// Round trip time of the segment measured.
  public var roundTripTime: Int16 = 0
  /// Segment that is measured.
  public var roundTripSegment: UInt32 = 0
  /// Smoothed round trip time.
  public var smoothedRoundTrip: Int16 = 0
  /// Variance of the round trip time.
  public var roundTripVariance: Int16 = 0
  /// Smallest round trip time allowed.
  public var minimumRoundTrip: UInt16 = 0
  /// Largest window that the peer offered.
  public var maximumSendWindow: UInt32 = 0
  /// Flags of out-of-band data.
  public var outOfBandFlags: UInt8 = 0
  /// The out-of-band byte.
  public var outOfBandByte: UInt8 = 0
  /// Error to report later.
  public var softError: Int16 = 0
  /// Window scale of sending.
  public var sendScale: UInt8 = 0
  /// Window scale of receiving.
  public var receiveScale: UInt8 = 0
  /// Pending scale of receiving.
  public var requestedReceiveScale: UInt8 = 0
  /// Scale that the peer asked for.
  public var requestedSendScale: UInt8 = 0
  /// Latest time stamp echoed.
  public var timestampRecent: UInt32 = 0
  /// When it was updated.
  public var timestampAge: UInt32 = 0
  /// Last acknowledgement sent.
  public var lastAckSent: UInt32 = 0

  /// All zero.
  public init() {}

  init(from reader: inout StreamReader) throws(VMStateError) {
    state = try reader.get()
    timer0 = try reader.get()
    timer1 = try reader.get()
    timer2 = try reader.get()
    timer3 = try reader.get()
    retransmitShift = try reader.get()
    retransmitTime = try reader.get()
    duplicateAcks = try reader.get()
    maximumSegment = try reader.get()
    force = try reader.get()
    flags = try reader.get()
    sendUnacknowledged = try reader.get()
    sendNext = try reader.get()
    sendUrgent = try reader.get()
    sendWindowSegment = try reader.get()
    sendWindowAck = try reader.get()
    initialSend = try reader.get()
    sendWindow = try reader.get()
    receiveWindow = try reader.get()
    receiveNext = try reader.get()
    receiveUrgent = try reader.get()
    initialReceive = try reader.get()
    receiveAdvertised = try reader.get()
    sendMaximum = try reader.get()
    congestionWindow = try reader.get()
    slowStartThreshold = try reader.get()
    idle = try reader.get()
    roundTripTime = try reader.get()
    roundTripSegment = try reader.get()
    smoothedRoundTrip = try reader.get()
    roundTripVariance = try reader.get()
    minimumRoundTrip = try reader.get()
    maximumSendWindow = try reader.get()
    outOfBandFlags = try reader.get()
    outOfBandByte = try reader.get()
    softError = try reader.get()
    sendScale = try reader.get()
    receiveScale = try reader.get()
    requestedReceiveScale = try reader.get()
    requestedSendScale = try reader.get()
    timestampRecent = try reader.get()
    timestampAge = try reader.get()
    lastAckSent = try reader.get()
  }

  func write(to writer: inout StreamWriter) {
    writer.put(state)
    writer.put(timer0)
    writer.put(timer1)
    writer.put(timer2)
    writer.put(timer3)
    writer.put(retransmitShift)
    writer.put(retransmitTime)
    writer.put(duplicateAcks)
    writer.put(maximumSegment)
    writer.put(force)
    writer.put(flags)
    writer.put(sendUnacknowledged)
    writer.put(sendNext)
    writer.put(sendUrgent)
    writer.put(sendWindowSegment)
    writer.put(sendWindowAck)
    writer.put(initialSend)
    writer.put(sendWindow)
    writer.put(receiveWindow)
    writer.put(receiveNext)
    writer.put(receiveUrgent)
    writer.put(initialReceive)
    writer.put(receiveAdvertised)
    writer.put(sendMaximum)
    writer.put(congestionWindow)
    writer.put(slowStartThreshold)
    writer.put(idle)
    writer.put(roundTripTime)
    writer.put(roundTripSegment)
    writer.put(smoothedRoundTrip)
    writer.put(roundTripVariance)
    writer.put(minimumRoundTrip)
    writer.put(maximumSendWindow)
    writer.put(outOfBandFlags)
    writer.put(outOfBandByte)
    writer.put(softError)
    writer.put(sendScale)
    writer.put(receiveScale)
    writer.put(requestedReceiveScale)
    writer.put(requestedSendScale)
    writer.put(timestampRecent)
    writer.put(timestampAge)
    writer.put(lastAckSent)
  }
}
