import VMState
import VMStateDSL

extension ISAKeyboardControllerState {
  /// QEMU: `vmstate_kbd_isa`, hw/input/pckbd.c.
  public static let vmstate = VMStateDescription<ISAKeyboardControllerState>(
    "pckbd", version: 3, minimum: 3
  ) {
    Struct("kbd", \.controller, KeyboardControllerState.vmstate)
  }
}

extension KeyboardControllerState {
  /// QEMU: `vmstate_kbd`, hw/input/pckbd.c.
  public static let vmstate = VMStateDescription<KeyboardControllerState>(
    "pckbd", version: 3, minimum: 3
  ) {
    Field("write_cmd", \.writeCommand)
    Field("status", \.status)
    Field("mode", \.mode)
    Field("pending_tmp", \.pendingOnWire)
    Local(\.pending)  // travels as pending_tmp
    Local(\.hasLoadedOutputPort)
    Local(\.hasLoadedExtendedState)
    Local(\.usesExtendedState)
    Local(\.throttleTimer)  // a bit of migration_flags says whether it runs
  }
  .subsection(outputPortTable)
  .subsection(extendedTable)
  .preSave { state, _ in state.prepareWireForm() }
  .preLoad { state, _ in
    state.hasLoadedOutputPort = false
    state.hasLoadedExtendedState = false
    state.throttleTimer = .none
  }
  .postLoad { state, _ in state.settle() }

  private static let outputPortTable = VMStateDescription<KeyboardControllerState>(
    "pckbd_outport", version: 1, minimum: 1
  ) {
    Field("outport", \.outputPort)
  }
  .needed { $0.outputPort != $0.defaultOutputPort }
  .postLoad { state, _ in state.hasLoadedOutputPort = true }

  private static let extendedTable = VMStateDescription<KeyboardControllerState>(
    "pckbd/extended_state"
  ) {
    Field("migration_flags", \.migrationFlags)
    Field("obsrc", \.bufferSource)
    Field("obdata", \.bufferData)
    Field("cbdata", \.controllerData)
  }
  .needed(\.usesExtendedState)
  .postLoad { state, _ in state.hasLoadedExtendedState = true }
}

extension KeyboardControllerState {
  private typealias Bit = KeyboardControllerBit

  /// Puts the pending bits into the form that travels.
  fileprivate mutating func prepareWireForm() {
    migrationFlags = throttleTimer.isArmed ? Bit.timerPending : 0
    if usesExtendedState {
      pendingOnWire = pending
    } else {
      pendingOnWire =
        (pending & Bit.pendingKeyboard != 0 ? Bit.oldPendingKeyboard : 0)
        | (pending & Bit.pendingMouse != 0 ? Bit.oldPendingMouse : 0)
    }
  }

  /// Derives what the stream did not bring.
  fileprivate mutating func settle() {
    if !hasLoadedOutputPort { outputPort = defaultOutputPort }
    pending = pendingOnWire
    if !hasLoadedExtendedState { settleOldForm() }
    pending &= Bit.pendingMask
    // The timer itself does not travel: it has run out here.
    if hasLoadedExtendedState, migrationFlags & Bit.timerPending != 0,
      status & Bit.bufferFull == 0, visiblePending != 0
    {
      showPending()
    }
  }

  private mutating func settleOldForm() {
    if status & Bit.bufferFull == 0 {
      bufferSource = 0
    } else {
      bufferSource = status & Bit.mouseBufferFull != 0 ? Bit.sourceMouse : Bit.sourceKeyboard
    }
    if pending & Bit.oldPendingKeyboard != 0 { pending |= Bit.pendingKeyboard }
    if pending & Bit.oldPendingMouse != 0 { pending |= Bit.pendingMouse }
  }
}
