/// What the tables of QEMU declare about the versions of known sections: what a stream of a
/// destination does not show, since it only holds the newest.
///
/// Taken from the `-dump-vmstate` files of QEMU 7.2 and 10.0, which agree in this, and from
/// the sections that have no class.
enum KnownVersions {
  /// The lowest version that a description accepts, and the version that brought a field.
  struct Entry {
    var version: Int
    var minimum: Int
    var since: [String: Int]
  }

  /// The versions of a section's description; nil for one that is not known.
  static func entry(_ name: String) -> Entry? { entries[name] }

  private static let entries: [String: Entry] = {
    var entries: [String: Entry] = [:]
    for line in plain.split(separator: "\n") {
      let words = line.split(separator: "|").map(String.init)
      guard let version = Int(words[0]) else { continue }
      for name in words.dropFirst() {
        entries[name] = Entry(version: version, minimum: version, since: [:])
      }
    }
    for line in ranges.split(separator: "\n") {
      let words = line.split(separator: "|").map(String.init)
      guard let version = Int(words[1]), let minimum = Int(words[2]) else { continue }
      var entry = Entry(version: version, minimum: minimum, since: [:])
      for word in words.dropFirst(3) {
        guard let colon = word.lastIndex(of: ":") else { continue }
        entry.since[String(word[..<colon])] = Int(word[word.index(after: colon)...])
      }
      entries[words[0]] = entry
    }
    return entries
  }()

  // Name, version, lowest version, fields with the version that brought them.
  private static let ranges = """
    PIIX3|3|2|pci_irq_levels_vmstate:3
    PIIX4|3|2|rcr:3
    ac97|3|2
    cpu|12|11|env.xcr0:12|env.xstate_bv:12|env.xmm_regs[1]:12
    e1000|2|1
    ehci|2|1|ehci:2
    fw_cfg|2|1|cur_offset:2
    hda-audio|2|0|running_real:2
    hpet|2|1|num_timers:2|num_timers_save:2
    i2c-ddc|1|0
    i6300esb_wdt|10000|1
    i8254|3|2|channels[0].irq_disabled:3
    ich9_ahci|1|0
    ide|3|0|bus:1|bus[0].ifs:3|bus[1].ifs:3
    intel-hda|1|0
    ioapic|3|1|unused:2|irr:2
    isa-ide|3|0
    lsiscsi|1|0|sbcl:1
    mc146818rtc|3|1|irq_coalesced:2|period:2|base_rtc:3|last_update:3|offset:3|update_timer:3\
    |next_alarm_time:3
    pciespscsi|2|1|esp.mig_version_id:2
    pcnet|3|2
    ps2kbd|3|2|scancode_set:3
    ram|4|4
    rtl8139|5|3|tally_counters.RxOkMul:5|cplus_enabled:4
    serial|3|2
    sysbusespscsi|2|1|esp.mig_version_id:2
    timer|2|1|cpu_clock_offset:2
    uhci|3|1|expire_time:2|pending_int_mask:3
    virtio-net|11|11
    xhci-sysbus|1|0|xhci:1
    xhci|1|0|xhci:1
    """

  // A version, and the descriptions that know this one only.
  private static let plain = """
    0|amd-iommu|bochs-display|hv-syndbg|i82801b11_bridge|ib700_wdt|ivshmem-doorbell
    0|ivshmem-plain|megasas|megasas-gen2|mptsas|nvme|pci_bridge|pcie-pci-bridge|pvscsi|rocker
    0|sysbus-ahci|tpm-crb|tpm-tis|tulip|uefi-vars-sysbus|ufs|usb-audio|usb-net|usb-serial
    0|usb-uas|usb-wacom|vhost-user-device|vhost-user-fs|vhost-user-gpio|vhost-user-i2c
    0|vhost-user-input|vhost-user-rng|vhost-user-snd|vhost-user-vsock|virtio-input-host
    0|virtio-vhost_vsock|vmbus-bridge|vmmouse|vmware_vga
    1|ICH9LPC|PCIBUS|PCIHost|SCSIDevice|acpi-erst|acpi-ged|acpi_build|ccid-card-passthru
    1|cpu_common|cs4231a|ctucan_pci|dma|e1000e|globalstate|gpex_root|i2c_bus|i8259|ich9_smb
    1|igb|imx.usbphy|ioh-3240-express-root-port|iommu-intel|ipmi-interface-pci-bt
    1|ipmi-interface-pci-kcs|ipoctal232|kvaser_pci|kvm-tpr-opt|kvmclock|mch|mioe3680_pci|ohci
    1|parallel_isa|pci-serial|pci-serial-multi|pcie-root-port|pckbd-mmio|pcm3680i_pci|pcspk
    1|pflash_cfi01|port92|pvpanic-pci|ramfb-dev|sb16|scsi-disk|sdhci|smbus-eeprom|smbus-ipmi
    1|tpci200|u2f-key|u2f-key-passthru|usb-ccid|usb-host|usb-hub|usb-kbd|usb-mtp|usb-ptr
    1|usb-redir|usb-storage|vhost-user-blk|vhost-vdpa-device|virtio-9p|virtio-balloon
    1|virtio-crypto|virtio-gpu|virtio-input|virtio-mem|virtio-rng|virtio-scsi
    1|virtio-sound-device|virtio-vhost_scsi|vmclock|vmcoreinfo|vmgenid|vmxnet3|xen_evtchn
    1|xen_gnttab|xen_overlay|xen_xenstore|xio3130-express-downstream-port
    1|xio3130-express-upstream-port
    2|cirrus_vga|es1370|fdc|gus|ps2mouse|sd-card|vga|virtio-blk|virtio-iommu|virtio-vga
    3|I440FX|ne2000|pckbd|piix4_pm|virtio-console
    4|platform
    21|qxl
    """
}
