/// Names of virtio feature bits.
///
/// Virtual I/O Device (VIRTIO) Version 1.2, sections 5 and 6, and its legacy interfaces.
enum VirtioFeatures {
  /// The name of a bit that a device of a kind can offer.
  static func name(_ bit: Int, of device: String) -> String? {
    common[bit] ?? kinds[device]?[bit]
  }

  private static let common: [Int: String] = [
    24: "NOTIFY_ON_EMPTY", 27: "ANY_LAYOUT", 28: "INDIRECT_DESC", 29: "EVENT_IDX",
    30: "BAD_FEATURE", 32: "VERSION_1", 33: "ACCESS_PLATFORM", 34: "RING_PACKED",
    35: "IN_ORDER", 36: "ORDER_PLATFORM", 37: "SR_IOV", 38: "NOTIFICATION_DATA",
    39: "NOTIF_CONFIG_DATA", 40: "RING_RESET",
  ]

  private static let kinds: [String: [Int: String]] = [
    "virtio-net": [
      0: "CSUM", 1: "GUEST_CSUM", 2: "CTRL_GUEST_OFFLOADS", 3: "MTU", 5: "MAC", 6: "GSO",
      7: "GUEST_TSO4", 8: "GUEST_TSO6", 9: "GUEST_ECN", 10: "GUEST_UFO", 11: "HOST_TSO4",
      12: "HOST_TSO6", 13: "HOST_ECN", 14: "HOST_UFO", 15: "MRG_RXBUF", 16: "STATUS",
      17: "CTRL_VQ", 18: "CTRL_RX", 19: "CTRL_VLAN", 20: "CTRL_RX_EXTRA", 21: "GUEST_ANNOUNCE",
      22: "MQ", 23: "CTRL_MAC_ADDR", 54: "GUEST_USO4", 55: "GUEST_USO6", 56: "HOST_USO",
      57: "HASH_REPORT", 59: "GUEST_HDRLEN", 60: "RSS", 61: "RSC_EXT", 62: "STANDBY",
      63: "SPEED_DUPLEX",
    ],
    "virtio-blk": [
      0: "BARRIER", 1: "SIZE_MAX", 2: "SEG_MAX", 4: "GEOMETRY", 5: "RO", 6: "BLK_SIZE",
      7: "SCSI", 9: "FLUSH", 10: "TOPOLOGY", 11: "CONFIG_WCE", 12: "MQ", 13: "DISCARD",
      14: "WRITE_ZEROES", 15: "LIFETIME", 16: "SECURE_ERASE", 17: "ZONED",
    ],
    "virtio-scsi": [0: "INOUT", 1: "HOTPLUG", 2: "CHANGE", 3: "T10_PI"],
    "virtio-balloon": [
      0: "MUST_TELL_HOST", 1: "STATS_VQ", 2: "DEFLATE_ON_OOM", 3: "FREE_PAGE_HINT",
      4: "PAGE_POISON", 5: "REPORTING",
    ],
    "virtio-console": [0: "SIZE", 1: "MULTIPORT", 2: "EMERG_WRITE"],
    "virtio-rng": [:],
  ]

  /// The names of the bits of the device status.
  static let status: [Int: String] = [
    0: "ACKNOWLEDGE", 1: "DRIVER", 2: "DRIVER_OK", 3: "FEATURES_OK", 6: "NEEDS_RESET",
    7: "FAILED",
  ]
}
