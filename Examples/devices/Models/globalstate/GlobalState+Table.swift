import VMState
import VMStateDSL

extension GlobalState {
  /// The table of 9.0 and later.
  ///
  /// QEMU: `vmstate_globalstate`, migration/global_state.c.
  public static let vmstate = VMStateDescription<GlobalState>(
    "globalstate", version: 1, minimum: 1
  ) {
    Field("size", \.size)
    Buffer("runstate", \.runState)
    Field("has_vm_was_suspended", \.hasVMWasSuspended)
    Field("vm_was_suspended", \.vmWasSuspended)
    Buffer("unused", \.unused)
    Local(\.isStored)
    Local(\.isReceived)
  }
  .needed { $0.isStored }
  .postLoad { state, _ in try state.receive() }
}

extension GlobalState7_2 {
  /// The table before 9.0.
  ///
  /// QEMU: `vmstate_globalstate` of 7.2, migration/global_state.c.
  public static let vmstate = VMStateDescription<GlobalState7_2>(
    "globalstate", version: 1, minimum: 1
  ) {
    Field("size", \.size)
    Buffer("runstate", \.runState)
    Local(\.isStored)
    Local(\.isReceived)
  }
  .needed { $0.isStored }
  .postLoad { state, _ in try state.receive() }
}
