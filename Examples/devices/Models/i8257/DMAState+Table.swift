import VMState
import VMStateDSL

extension DMAChannel {
  /// QEMU: `vmstate_i8257_regs`, hw/dma/i8257.c.
  public static let vmstate = VMStateDescription<DMAChannel>("dma_regs", version: 1, minimum: 1) {
    Field("now", \.now)
    Field("base", \.base)
    Field("mode", \.mode)
    Field("page", \.page)
    Field("pageh", \.pageh)
    Field("dack", \.dack)
    Field("eop", \.eop)
  }
}

extension DMAState {
  /// QEMU: `vmstate_i8257`, hw/dma/i8257.c.
  public static let vmstate = VMStateDescription<DMAState>("dma", version: 1, minimum: 1) {
    Field("command", \.command)
    Field("mask", \.mask)
    Field("flip_flop", \.flipFlop)
    Field("dshift", \.dshift)
    Structs("regs", \.regs, DMAChannel.vmstate).since(1)
    Local(\.status)
  }
  .postLoad { state, _ in
    guard 0...1 ~= state.dshift else {
      throw VMStateError(
        .valueOutOfRange, "a width that no controller has", expected: "0 or 1",
        found: "\(state.dshift)")
    }
  }
}
