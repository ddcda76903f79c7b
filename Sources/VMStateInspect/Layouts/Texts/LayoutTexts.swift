/// The descriptions of QEMU's devices, as texts that `LayoutParser` reads.
///
/// Facts taken from the devices' own descriptions in QEMU 7.2, 10.0 and 11.1 and from recorded
/// streams, which the tests read with them.
enum LayoutTexts {
  /// All of them.
  static let all = [
    shared, timers, interrupts, isa, chipset, power, q35, storage, e1000, usb, cpu, cpuParts,
    virtio, virtioParts,
  ]
}
