/// The subsections that QEMU's tables declare: what a stream of a destination does not show,
/// since it only holds those that were needed.
///
/// Taken from the `-dump-vmstate` files of QEMU 7.2 and 10.0 and from the tables of sections
/// that have no class.
enum KnownSubsections {
  /// One subsection.
  struct Entry: Equatable {
    var version: Int
    var minimum: Int
    /// The release that brought it, where 7.2 does not have it.
    var isNew: Bool
  }

  /// What is known of a subsection of an owner, or nil.
  static func entry(_ owner: String, _ name: String) -> Entry? { entries[owner]?[name] }

  /// Whether all subsections of an owner are known.
  static func knows(_ owner: String) -> Bool {
    entries[owner] != nil || KnownVersions.entry(owner) != nil || without.contains(owner)
  }

  private static let entries: [String: [String: Entry]] = {
    var entries: [String: [String: Entry]] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: "|").map(String.init)
      for word in words.dropFirst() {
        let parts = word.split(separator: ",").map(String.init)
        guard parts.count >= 3, let version = Int(parts[1]), let minimum = Int(parts[2]) else {
          continue
        }
        entries[words[0], default: [:]][parts[0]] = Entry(
          version: version, minimum: minimum, isNew: parts.count > 3)
      }
    }
    return entries
  }()

  // Structures that have none, beside the roots of `KnownVersions`.
  private static let without: Set<String> = [
    "APM State", "CCID Answer state", "CCID BulkIn state", "CPU hotplug device state",
    "CPU hotplug state", "Fifo8", "HIDKeyboardDevice", "HIDPointerDevice", "HIDPointerEventQueue",
    "I2CSlave", "ICH9LPC/rst_cnt", "ICH9LPC/smi_feat", "PCIDevice", "PCIE_AER_ERROR",
    "PCIE_AER_ERROR_LOG", "PIIX3/rcr", "PS2 Common State", "SCSIDevice/sense", "USBDevice",
    "ac97_bm_regs", "acpi-ged-state", "acpi-ged/cpuhp", "acpi-ged/ghes", "acpi-ged/memhp",
    "acpi-ghes", "acpi_pcihp_pci_status", "ahci", "ahci port", "bnd_regs", "can_sja", "ctucan",
    "dma_regs", "e1000/full_mac_state", "e1000/mit_state", "e1000/tx_tso_state",
    "e1000e-intr-timer", "e1000e-tx", "ehci-core", "es1370_channel", "esp/pdma", "fdc/phase",
    "fdc/reset_sensei", "fdc/result_timer", "fdrive/media_changed", "fdrive/media_rate",
    "fdrive/perpendicular", "fpreg", "fpreg_tmp", "fw_cfg/acpi_mr", "fw_cfg/dma", "gpe",
    "hda-audio-stream/buffer", "hi16_zmm_reg", "hpet/offset", "hpet/rtc_irq_level", "hpet_timer",
    "i8259/ltim", "ich9_pm/cpuhp", "ich9_pm/memhp", "ich9_pm/pcihp", "ich9_pm/tco",
    "ide bmdma/status", "ide bmdma_current", "ide_bus/error", "ide_drive/atapi/gesn_state",
    "ide_drive/pio_state", "ide_drive/tray_state", "igb-intr-timer", "igb-tx", "igb-tx-ctx",
    "intel-hda-stream", "ipack_device", "ipmi-interface-bt", "ipmi-interface-kcs",
    "kvmclock/clock_is_reliable", "kvmvapic-guest-rom", "kvmvapic-handlers", "lbr_records_var",
    "mc146818rtc/irq_reinject_on_ack_count", "memory hotplug device state",
    "memory hotplug state", "msix", "mtrr_var", "ncq state", "ohci-core/eof-timer",
    "ohci-core/port", "packed_virtqueue_state", "pci_status", "pckbd/extended_state",
    "pckbd_outport", "pflash_cfi01_blk_write", "piix4_pm/cpuhp", "piix4_pm/memhp", "pit channel",
    "pmsmb", "ps2kbd/command_reply_queue", "ps2kbd/ledstate", "ps2kbd/need_high_bit", "ptimer",
    "pvscsi/pcie", "qemu_can_filter", "qemu_ctucan_tx_buffer", "qxl-memslot", "qxl-surface",
    "qxl/monitors-config", "ramfb", "ringsize_state", "rtl8139/hotplug_ready", "scc2698_block",
    "scc2698_channel", "sd-card/ext_csd_modes-state", "sd-card/ocr-state", "sdhci/pending-insert",
    "segment", "serial/fifo_timeout_timer", "serial/poll", "serial/recv_fifo",
    "serial/thr_ipending", "serial/timeout_ipending", "serial/tsr", "serial/xmit_fifo",
    "smbus-device", "tco io device status", "tpm-tis/locty", "uefi-time", "uefi-var-policy",
    "uefi-variable", "uefi-vars", "uhci port", "usb-hub-port", "usb-hub/port-timer",
    "usb-redir-device-info", "usb-redir-ep/bulk-receiving", "usb-redir-ep/stream-state",
    "usb-redir-interface-info", "usb-redir-packet-id-queue", "usb_device", "vga.endian",
    "vhost-user-fs-backend", "virtio-gpu/blob", "virtio-net-queue-tx_waiting",
    "virtio-net-tx_waiting", "virtio-net-ufo", "virtio-net-vnet", "virtio_pci/modern_queue_state",
    "virtqueue_state", "vmbus/gpadl", "vmbus/hyperv_post_message_input", "vmbus/rx_queue",
    "vmware_vga_internal", "vmxnet3-int-state", "vmxnet3-ring", "vmxnet3-rx-stats",
    "vmxnet3-rxq-descr", "vmxnet3-tx-stats", "vmxnet3-txq-descr", "vmxnet3/mcast_list",
    "xen_evtchn_port", "xhci-core", "xhci-event", "xhci-intr", "xhci-port", "xhci-ring",
    "xhci-slot", "xmm_reg", "ymmh_reg", "zmmh_reg",
  ]

  // An owner and its subsections: name, version, lowest version, `new` for those that 7.2 does
  // not have.
  private static let table = """
    ICH9LPC|ICH9LPC/rst_cnt,1,1|ICH9LPC/smi_feat,1,1
    PIIX3|PIIX3/rcr,1,1
    SCSIDevice|SCSIDevice/sense,1,1
    acpi-ged|acpi-ged/memhp,1,1|acpi-ged/ghes,1,1|acpi-ged/cpuhp,1,1,new
    apic|apic_sipi,1,1
    clock|clock/muldiv,1,1
    cpu|cpu/exception_info,1,1|cpu/async_pf_msr,1,1|cpu/async_pf_int_msr,1,1
    cpu|cpu/async_pv_eoi_msr,1,1|cpu/steal_time_msr,1,1|cpu/poll_control_msr,1,1
    cpu|cpu/fpop_ip_dp,1,1|cpu/msr_tsc_adjust,1,1|cpu/msr_tscdeadline,1,1
    cpu|cpu/msr_ia32_misc_enable,1,1|cpu/msr_ia32_feature_control,1,1
    cpu|cpu/msr_architectural_pmu,1,1|cpu/mpx,1,1|cpu/msr_hyperv_hypercall,1,1
    cpu|cpu/msr_hyperv_vapic,1,1|cpu/msr_hyperv_time,1,1|cpu/msr_hyperv_crash,1,1
    cpu|cpu/msr_hyperv_runtime,1,1|cpu/msr_hyperv_synic,1,1|cpu/msr_hyperv_stimer,1,1
    cpu|cpu/msr_hyperv_reenlightenment,1,1|cpu/avx512,1,1|cpu/xss,1,1|cpu/umwait,1,1
    cpu|cpu/tsc_khz,1,1|cpu/msr_smi_count,1,1|cpu/pkru,1,1|cpu/pkrs,1,1|cpu/spec_ctrl,1,1
    cpu|cpu/amd_tsc_scale_msr,1,1|cpu/mcg_ext_ctl,1,1|cpu/intel_pt,1,1|cpu/virt_ssbd,1,1
    cpu|cpu/svn_npt,1,1|cpu/svm_guest,1,1|cpu/nested_state,1,1|cpu/xen_vcpu,1,1,new
    cpu|cpu/msr_tsx_ctrl,1,1|cpu/intel_sgx,1,1|cpu/pdptrs,1,1|cpu/msr_xfd,1,1|cpu/msr_hwcr,1,1,new
    cpu|cpu/fred,1,1,new|cpu/intel_amx_xtile,1,1|cpu/arch_lbr,1,1|cpu/triple_fault,1,1
    cpu/kvm_nested_state|cpu/kvm_nested_state/vmx,1,1|cpu/kvm_nested_state/svm,1,1
    cpu/kvm_nested_state/vmx|cpu/kvm_nested_state/vmx/vmcs12,1,1
    cpu/kvm_nested_state/vmx|cpu/kvm_nested_state/vmx/shadow_vmcs12,1,1
    cpu_common|cpu_common/exception_index,1,1|cpu_common/crash_occurred,1,1
    e1000|e1000/mit_state,1,1|e1000/full_mac_state,1,1|e1000/tx_tso_state,1,1
    esp|esp/pdma,0,0
    fdc|fdc/reset_sensei,1,1|fdc/result_timer,1,1|fdc/phase,1,1
    fdrive|fdrive/media_changed,1,1|fdrive/media_rate,1,1|fdrive/perpendicular,1,1
    fw_cfg|fw_cfg/dma,0,0|fw_cfg/acpi_mr,1,1
    hda-audio-stream|hda-audio-stream/buffer,1,0
    hpet|hpet/rtc_irq_level,1,1|hpet/offset,1,1
    i8259|i8259/ltim,1,1,new
    ich9_pm|ich9_pm/memhp,1,1|ich9_pm/tco,1,1|ich9_pm/cpuhp,1,1|ich9_pm/pcihp,1,1
    ide bmdma|ide bmdma_current,1,1|ide bmdma/status,1,1
    ide_bus|ide_bus/error,2,1
    ide_drive|ide_drive/pio_state,1,1|ide_drive/tray_state,1,1|ide_drive/atapi/gesn_state,1,1
    kvmclock|kvmclock/clock_is_reliable,1,1
    mc146818rtc|mc146818rtc/irq_reinject_on_ack_count,1,1
    ohci-core|ohci-core/eof-timer,1,1
    pckbd|pckbd_outport,1,1|pckbd/extended_state,0,0
    pflash_cfi01|pflash_cfi01_blk_write,1,1
    piix4_pm|piix4_pm/memhp,1,1|piix4_pm/cpuhp,1,1
    ps2kbd|ps2kbd/ledstate,3,2|ps2kbd/need_high_bit,1,1|ps2kbd/command_reply_queue,0,0
    pvscsi|pvscsi/pcie,0,0
    qxl|qxl/monitors-config,1,1
    rtl8139|rtl8139/hotplug_ready,1,1
    sd-card|sd-card/ocr-state,1,1|sd-card/ext_csd_modes-state,1,1,new
    sdhci|sdhci/pending-insert,1,1
    serial|serial/thr_ipending,1,1|serial/tsr,1,1|serial/recv_fifo,1,1|serial/xmit_fifo,1,1
    serial|serial/fifo_timeout_timer,1,1|serial/timeout_ipending,1,1|serial/poll,1,1
    timer|timer/icount,1,1
    timer/icount|timer/icount/warp_timer,1,1|timer/icount/timers,1,1|timer/icount/shift,2,2
    usb-hub|usb-hub/port-timer,1,1
    usb-redir-ep|usb-redir-ep/bulk-receiving,1,1|usb-redir-ep/stream-state,1,1
    vga|vga.endian,1,1
    vhost-user-fs|vhost-user-fs-backend,0,0,new
    virtio|virtio/device_endian,1,1|virtio/64bit_features,1,1|virtio/virtqueues,1,1
    virtio|virtio/ringsize,1,1|virtio/broken,1,1|virtio/extra_state,1,1|virtio/started,1,1
    virtio|virtio/packed_virtqueues,1,1|virtio/disabled,1,1
    virtio-gpu|virtio-gpu/blob,1,1,new
    virtio-net-device|virtio-net-device/rss,1,1
    virtio_pci|virtio_pci/modern_state,1,1
    vmbus|vmbus/rx_queue,0,0
    vmxnet3|vmxnet3/mcast_list,1,1
    """
}
