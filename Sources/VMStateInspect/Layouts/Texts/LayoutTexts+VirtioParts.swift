extension LayoutTexts {
  /// Parts of virtio devices behind the transport.
  static let virtioParts = """
    # virtio-net-device 11 11
    mac:uint8*6; vqs:struct:virtio-net-queue-tx_waiting; mergeable_rx_bufs:uint32; status:uint16
    promisc:uint8; allmulti:uint8; mac_table.in_use:uint32
    mac_table.macs:buffer(mac_table.in_use * 6)?mac_table.in_use <= 64
    unused:unused_buffer(6)*mac_table.in_use?mac_table.in_use > 64; vlans:buffer(512)
    tmp:tmp:virtio-net-vnet; mac_table.multi_overflow:uint8; mac_table.uni_overflow:uint8
    alluni:uint8; nomulti:uint8; nouni:uint8; nobcast:uint8; tmp:tmp:virtio-net-ufo
    max_queue_pairs:uint16 equal?cfg.multiqueue
    curr_queue_pairs:uint16?cfg.multiqueue; tmp:tmp:virtio-net-tx_waiting
    curr_guest_offloads:uint64?features & 4
    + virtio-net-device/rss 1 1
    rss_data.enabled:bool; rss_data.redirect:bool; rss_data.populate_hash:bool
    rss_data.hash_types:uint32; rss_data.indirections_len:uint16; rss_data.default_queue:uint16
    rss_data.key:uint8*40; rss_data.indirections_table:uint16*rss_data.indirections_len
    # virtio-net-queue-tx_waiting 0 0
    tx_waiting:uint32
    # virtio-net-vnet 0 0
    has_vnet_hdr:uint32
    # virtio-net-ufo 0 0
    has_ufo:uint8
    # virtio-net-tx_waiting 0 0
    vqs_1:struct:virtio-net-queue-tx_waiting*curr_queue_pairs - 1?cfg.multiqueue
    # virtio 1 1
    + virtio/device_endian 1 1
    device_endian:uint8
    + virtio/64bit_features 1 1
    guest_features:uint64
    + virtio/virtqueues 1 1
    vq:struct:virtqueue_state*1024
    + virtio/ringsize 1 1
    vq:struct:ringsize_state*1024
    + virtio/broken 1 1
    broken:bool
    + virtio/extra_state 1 1
    extra_state:struct:virtio_pci
    + virtio/started 1 1
    started:bool
    + virtio/packed_virtqueues 1 1
    vq:struct:packed_virtqueue_state*1024
    + virtio/disabled 1 1
    disabled:bool
    # virtqueue_state 1 1
    vring.avail:uint64; vring.used:uint64
    # ringsize_state 1 1
    vring.num_default:uint32
    # packed_virtqueue_state 1 1
    last_avail_idx:uint16; last_avail_wrap_counter:bool; used_idx:uint16; used_wrap_counter:bool
    inuse:uint32
    # virtio_pci 1 1
    + virtio_pci/modern_state 1 1
    dfselect:uint32; gfselect:uint32; guest_features:uint32*2
    vqs:struct:virtio_pci/modern_queue_state*1024
    # virtio_pci/modern_queue_state 1 1
    num:uint16; unused:unused_buffer(1); enabled:bool; desc:uint32*2; avail:uint32*2; used:uint32*2
    """
}
