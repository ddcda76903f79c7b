/// System control port B (0x61): the speaker, and counter 2 of the interval timer.
///
/// QEMU: hw/audio/pcspk.c.
public final class Speaker {
  /// Everything that travels.
  public var state = SpeakerState()
  /// The tone that is to be heard in hertz, nil for silence; told when it may have changed.
  public var play: (_ frequency: Double?) -> Void = { _ in }
  private let pit: PIT

  /// A silent speaker at a timer.
  public init(pit: PIT) { self.pit = pit }

  /// Machine reset.
  public func reset() {
    let isMigrated = state.isMigrated
    state = SpeakerState()
    state.isMigrated = isMigrated
    play(nil)
  }

  /// A write to the port: bit 0 is the gate of counter 2, bit 1 connects the speaker.
  public func write(_ value: UInt8, now: Int64) {
    state.dataOn = value >> 1 & 1
    pit.setGate(value & 1 != 0, channel: 2, now: now)
    play(tone)
  }

  /// A read from the port: gate, speaker, refresh clock (bit 4), output of counter 2 (bit 5).
  public func read(now: Int64) -> UInt8 {
    state.dummyRefreshClock ^= 0x10
    let gate: UInt8 = pit.state.channels[2].gate != 0 ? 1 : 0
    let speaker: UInt8 = state.dataOn != 0 ? 2 : 0
    let output: UInt8 = pit.output(channel: 2, now: now) ? 0x20 : 0
    return gate | speaker | state.dummyRefreshClock & 0x10 | output
  }

  /// The square wave that counter 2 makes of its count, in hertz, or nil.
  public var tone: Double? {
    let channel = pit.state.channels[2]
    guard state.dataOn != 0, channel.gate != 0, PITMode(channel.mode) == .squareWave
    else { return nil }
    return Double(PITChannel.frequency) / Double(channel.reload)
  }

  /// After a load: lets the tone sound again, or stops it.
  public func afterLoad() { play(tone) }
}
