import VMState
import VMStateDSL

extension PS2KeyboardState {
  /// QEMU: `vmstate_ps2_keyboard`, hw/input/ps2.c.
  public static let vmstate = VMStateDescription<PS2KeyboardState>(
    "ps2kbd", version: 3, minimum: 2
  ) {
    Struct("parent_obj", \.common, PS2CommonState.vmstate)
    Field("scan_enabled", \.scanEnabled)
    Field("translate", \.translate)
    Field("scancode_set", \.scancodeSet).since(3)
  }
  .subsection("ps2kbd/ledstate", version: 3, minimum: 2, needed: { $0.ledState != 0 }) {
    Field("ledstate", \.ledState)
  }
  .subsection("ps2kbd/need_high_bit", version: 1, minimum: 1, needed: \.needsHighBit) {
    Field("need_high_bit", \.needsHighBit)
  }
  .subsection("ps2kbd/command_reply_queue", needed: { $0.common.queue.replyEnd != -1 }) {
    Field("parent_obj.queue.cwptr", \.common.queue.replyEnd)
  }
  .preLoad { state, _ in
    state.ledState = 0
    state.needsHighBit = false
    state.common.queue.replyEnd = -1
  }
  .postLoad { state, context in
    if context.version == 2 { state.scancodeSet = 2 }
    state.common.queue.sanitize()
  }
}
