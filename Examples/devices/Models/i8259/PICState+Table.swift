import VMState
import VMStateDSL

extension PICState {
  /// QEMU: `vmstate_pic_common`, hw/intc/i8259_common.c.
  public static let vmstate = VMStateDescription<PICState>("i8259", version: 1, minimum: 1) {
    Field("last_irr", \.lastIRR)
    Field("irr", \.irr)
    Field("imr", \.imr)
    Field("isr", \.isr)
    Field("priority_add", \.priorityAdd)
    Field("irq_base", \.irqBase)
    Field("read_reg_select", \.readRegSelect)
    Field("poll", \.poll)
    Field("special_mask", \.specialMask)
    Field("init_state", \.initState)
    Field("auto_eoi", \.autoEOI)
    Field("rotate_on_auto_eoi", \.rotateOnAutoEOI)
    Field("special_fully_nested_mode", \.specialFullyNestedMode)
    Field("init4", \.init4)
    Field("single_mode", \.singleMode)
    Field("elcr", \.elcr)
  }
  .subsection("i8259/ltim", version: 1, minimum: 1, needed: { $0.ltim != 0 }) {
    Field("ltim", \.ltim)
  }
  .preLoad { state, _ in state.ltim = 0 }
}
