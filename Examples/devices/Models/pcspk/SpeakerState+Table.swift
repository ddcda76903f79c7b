import VMState
import VMStateDSL

extension SpeakerState {
  /// QEMU: `vmstate_spk`, hw/audio/pcspk.c.
  public static let vmstate = VMStateDescription<SpeakerState>("pcspk", version: 1, minimum: 1) {
    Field("data_on", \.dataOn)
    Field("dummy_refresh_clock", \.dummyRefreshClock)
    Local(\.isMigrated)
  }
  .needed { $0.isMigrated }
}
