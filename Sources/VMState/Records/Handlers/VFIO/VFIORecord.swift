/// A record of a `vfio` section: a tag of eight bytes, in front of which nothing stands.
///
/// The records of a body by section type: START `setupState`, `endOfState`; PART at most one
/// `data`, then `endOfState` or `initialDataSent`; END any `data`, then `endOfState`; FULL
/// `configurationState`, the configuration, `endOfState`, or only a record that ends a body.
/// QEMU: `VFIO_MIG_FLAG_*`, hw/vfio/migration.c.
public enum VFIORecord: Sendable, Hashable {
  /// Section version.
  public static let version = 1
  /// Bytes of a tag.
  public static let tagLength = 8
  /// The part of a tag that all have in common.
  public static let tagBase: UInt64 = 0xFFFF_FFFF_EF10_0000

  /// 1: the end of a body.
  case endOfState
  /// 2: the configuration follows, up to `endOfState`; see `VFIOConfiguration`.
  case configurationState
  /// 3: the device has been set up.
  case setupState
  /// 4: be64 size; so many bytes of device state follow, which this value does not hold.
  case data(size: UInt64)
  /// 5: all initial data has been sent (8.1 and later). Ends the body itself.
  case initialDataSent
  /// 6: the configuration may be loaded (after 10.0). Ends the body itself.
  case configurationLoadReady

  /// The tag on the wire.
  public var tag: UInt64 {
    switch self {
    case .endOfState: Self.tagBase | 1
    case .configurationState: Self.tagBase | 2
    case .setupState: Self.tagBase | 3
    case .data: Self.tagBase | 4
    case .initialDataSent: Self.tagBase | 5
    case .configurationLoadReady: Self.tagBase | 6
    }
  }

  /// True if the body ends with it.
  public var endsBody: Bool {
    switch self {
    case .endOfState, .initialDataSent, .configurationLoadReady: true
    case .configurationState, .setupState, .data: false
    }
  }

  /// Reads a record; after `data` the reader stands at the device state.
  ///
  /// - Throws: `badRecord` for an unknown tag, `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let tag = try reader.get(UInt64.self)
    switch tag ^ Self.tagBase {
    case 1: self = .endOfState
    case 2: self = .configurationState
    case 3: self = .setupState
    case 4: self = .data(size: try reader.get())
    case 5: self = .initialDataSent
    case 6: self = .configurationLoadReady
    default:
      throw VMStateError(
        .badRecord, "Unknown tag \(hexadecimal(tag))", offset: offset,
        expected: "\(hexadecimal(Self.tagBase | 1)) to \(hexadecimal(Self.tagBase | 6))",
        found: hexadecimal(tag))
    }
  }

  /// Writes the record; after `data` the device state is put.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(tag)
    if case .data(let size) = self { writer.put(size) }
  }
}
