/// The speaker port as it travels: 2 bytes.
///
/// QEMU: `PCSpkState`, hw/audio/pcspk.c.
public struct SpeakerState: Sendable {
  /// 1 while the speaker is connected to counter 2.
  public var dataOn: UInt8 = 0
  /// Bit 4 toggles with each read, in place of the memory refresh of an AT.
  public var dummyRefreshClock: UInt8 = 0
  /// The device's property: false leaves the section out of the stream, as very old machine
  /// types do.
  public var isMigrated = true

  /// The state after a reset.
  public init() {}
}
