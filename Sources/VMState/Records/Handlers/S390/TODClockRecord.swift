/// The body of the section `todclock`.
///
/// Wire: byte 0 and nothing else, or another byte (1 from QEMU), byte high, be64 low. QEMU:
/// `s390_tod_save`, hw/s390x/tod.c.
public struct TODClockRecord: Sendable, Hashable {
  /// Section version.
  public static let version = 1

  /// A clock's value of 72 bits.
  public struct Value: Sendable, Hashable {
    /// The byte that says that there is one; not zero.
    public var marker: UInt8 = 1
    /// The upper eight bits.
    public var high: UInt8
    /// The lower 64 bits.
    public var low: UInt64

    /// A value.
    public init(high: UInt8, low: UInt64) {
      self.high = high
      self.low = low
    }
  }

  /// The clock, or nil if the sender could not read it.
  public var value: Value?

  /// A clock.
  public init(_ value: Value?) { self.value = value }

  /// Reads the body.
  ///
  /// - Throws: `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let marker = try reader.get(UInt8.self)
    guard marker != 0 else { return }
    let high = try reader.get(UInt8.self)
    var value = Value(high: high, low: try reader.get())
    value.marker = marker
    self.value = value
  }

  /// Writes the body.
  ///
  /// - Throws: `valueOutOfRange` if the marker is zero.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    guard let value else {
      writer.put(UInt8(0))
      return
    }
    guard value.marker != 0 else {
      throw VMStateError(
        .valueOutOfRange, "the marker of a clock is not zero", offset: writer.position)
    }
    writer.put(value.marker)
    writer.put(value.high)
    writer.put(value.low)
  }
}
