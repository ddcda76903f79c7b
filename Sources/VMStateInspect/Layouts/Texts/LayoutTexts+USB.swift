extension LayoutTexts {
  /// The xHCI controller, keyboards and pointers behind it.
  static let usb = """
    # xhci 1 0
    parent_obj:struct:PCIDevice; parent_obj:struct:msix; xhci:struct:xhci-core@1
    # xhci-core 1 0
    ports:struct:xhci-port*cfg.numports@1; slots:struct:xhci-slot*cfg.numslots@1
    intr:struct:xhci-intr*cfg.numintrs@1; usbcmd:uint32; usbsts:uint32; dnctrl:uint32
    crcr_low:uint32; crcr_high:uint32; dcbaap_low:uint32; dcbaap_high:uint32; config:uint32
    mfindex_start:int64; mfwrap_timer:timer; cmd_ring:struct:xhci-ring@1
    # xhci-port 1 0
    portsc:uint32
    # xhci-slot 1 0
    enabled:bool; addressed:bool
    # xhci-ring 1 0
    dequeue:uint64; ccs:bool
    # xhci-intr 1 0
    iman:uint32; imod:uint32; erstsz:uint32; erstba_low:uint32; erstba_high:uint32; erdp_low:uint32
    erdp_high:uint32; msix_used:bool; er_pcs:bool; er_start:uint64; er_size:uint32; er_ep_idx:uint32
    er_full_unused:bool; ev_buffer_put:uint32?0; ev_buffer_get:uint32?0
    ev_buffer:struct:xhci-event*5632@1?0
    # xhci-event 1 0
    type:uint32; ccode:uint32; ptr:uint64; length:uint32; flags:uint32; slotid:uint8; epid:uint8
    # usb-kbd 1 1
    dev:struct:USBDevice; hid:struct:HIDKeyboardDevice
    # usb-ptr 1 1
    dev:struct:USBDevice; hid:struct:HIDPointerDevice
    # HIDKeyboardDevice 1 1
    kbd.keycodes:uint32*16; head:uint32; n:uint32; kbd.modifiers:uint16; kbd.leds:uint8
    kbd.key:uint8*16; kbd.keys:int32; protocol:int32; idle:uint8
    # HIDPointerDevice 1 1
    ptr.queue:struct:HIDPointerEventQueue*16; head:uint32; n:uint32; protocol:int32; idle:uint8
    # HIDPointerEventQueue 1 1
    xdx:int32; ydy:int32; dz:int32; buttons_state:int32
    """
}
