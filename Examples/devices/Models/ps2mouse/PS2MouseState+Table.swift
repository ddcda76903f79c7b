import VMState
import VMStateDSL

extension PS2MouseState {
  /// QEMU: `vmstate_ps2_mouse`, hw/input/ps2.c.
  public static let vmstate = VMStateDescription<PS2MouseState>(
    "ps2mouse", version: 2, minimum: 2
  ) {
    Struct("parent_obj", \.common, PS2CommonState.vmstate)
    Field("mouse_status", \.status)
    Field("mouse_resolution", \.resolution)
    Field("mouse_sample_rate", \.sampleRate)
    Field("mouse_wrap", \.wrap)
    Field("mouse_type", \.type)
    Field("mouse_detect_state", \.detectState)
    Field("mouse_dx", \.dx)
    Field("mouse_dy", \.dy)
    Field("mouse_dz", \.dz)
    Field("mouse_buttons", \.buttons)
  }
  .preLoad { state, _ in state.common.queue.replyEnd = -1 }
  .postLoad { state, _ in state.common.queue.sanitize() }
}
