extension LayoutTexts {
  /// Virtio devices. Their sections have one field whose inside no JSON describes: transport,
  /// common registers, queues, the device's own part, subsections of the common part.
  ///
  /// QEMU: `virtio_save`, hw/virtio/virtio.c; `virtio_pci_save_config`,
  /// `virtio_pci_save_queue`, hw/virtio/virtio-pci.c.
  static let virtio = """
    # virtio-net 11 11
    virtio:virtio:virtio-net-body
    # virtio-rng 1 1
    virtio:virtio:virtio-body
    # virtio-input 1 1
    virtio:virtio:virtio-body
    # virtio-blk 2 2
    virtio:virtio:virtio-blk-body
    # virtio-balloon 1 1
    virtio:virtio:virtio-balloon-body
    # virtio-console 3 3
    virtio:virtio:virtio-console-body
    # virtio-body 1 1
    \(virtioCore)
    common:struct:virtio
    # virtio-net-body 11 11
    \(virtioCore)
    device:struct:virtio-net-device; common:struct:virtio
    # virtio-blk-body 2 2
    \(virtioCore)
    requests:uint8; no-requests:check?requests == 0; common:struct:virtio
    # virtio-balloon-body 1 1
    \(virtioCore)
    num_pages:uint32; actual:uint32; common:struct:virtio
    # virtio-console-body 3 3
    \(virtioCore)
    cols:uint16; rows:uint16; max_ports:uint32; ports_map:uint32*(max_ports + 31) / 32
    active_ports:uint32; ports:struct:virtio-console-port*active_ports; common:struct:virtio
    # virtio-console-port 1 1
    id:uint32; guest_connected:uint8; host_connected:uint8; elements:uint32
    no-elements:check?elements == 0
    # virtio-queue 1 1
    num:uint32; align:uint32?mmio; desc:uint64; last_avail:uint16
    vector:uint16?ccw or not mmio and cfg.msix > 0
    """

  /// Transport, common registers and queues.
  private static let virtioCore = """
    pci:struct:PCIDevice?not mmio and not ccw
    msix:msix state(cfg.msix * 16 + (cfg.msix + 7) / 8)?not mmio and not ccw and cfg.msix > 0
    config_vector:uint16?not mmio and not ccw and cfg.msix > 0
    mmio:buffer(12)?mmio; ccw:buffer(495)?ccw
    status:uint8; isr:uint8; queue_sel:uint16; queue-selector:check?queue_sel < 1024
    features:uint32; config_len:uint32; config:buffer(config_len)
    num_queues:uint32; number-of-queues:check?num_queues <= 1024
    queues:struct:virtio-queue*num_queues
    """
}
