/// The body of a `virtio` field behind PCI, as far as both sides have to agree about it.
///
/// QEMU: `virtio_save`, hw/virtio/virtio.c; `virtio_pci_save_config`, hw/virtio/virtio-pci.c.
struct VirtioState {
  /// One queue.
  struct Queue: Equatable {
    var size: UInt32
    var descriptors: UInt64
    var lastAvailable: UInt16
    var vector: UInt16?
  }

  var configuration: [UInt8] = []
  var vectors = 0
  var status: UInt8 = 0
  var lowFeatures: UInt32 = 0
  /// All 64 feature bits, where the stream has them.
  var features: UInt64?
  var deviceConfiguration: [UInt8] = []
  var queues: [Queue] = []
  /// Names of the subsections in stream order.
  var subsections: [String] = []

  /// The features that the driver has accepted.
  var accepted: UInt64 { features ?? UInt64(lowFeatures) }

  /// MSI-X vectors that a configuration space declares; nil without that capability.
  static func vectors(_ configuration: [UInt8]) -> Int? {
    guard let place = PCIConfigurationRules.capability(0x11, configuration) else { return nil }
    let word = UInt16(configuration[place + 2]) | UInt16(configuration[place + 3]) << 8
    return Int(word & 0x7FF) + 1
  }

  /// Its PCI device has the interface of virtio 1.
  var isModern: Bool { PCIConfigurationRules.capability(0x09, configuration) != nil }

  /// Its configuration space has 4 KiB.
  static func isExpress(_ configuration: [UInt8]) -> Bool {
    PCIConfigurationRules.capability(0x10, configuration) != nil
  }
}
