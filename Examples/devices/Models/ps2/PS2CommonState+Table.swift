import VMState
import VMStateDSL

extension PS2CommonState {
  /// QEMU: `vmstate_ps2_common`, hw/input/ps2.c.
  public static let vmstate = VMStateDescription<PS2CommonState>(
    "PS2 Common State", version: 3, minimum: 2
  ) {
    Field("write_cmd", \.writeCommand)
    Field("queue.rptr", \.queue.readIndex)
    Field("queue.wptr", \.queue.writeIndex)
    Field("queue.count", \.queue.count)
    Buffer("queue.data", \.queue.data)
    Local(\.queue.replyEnd)  // in a subsection of the keyboard
  }
}
