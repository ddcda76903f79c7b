/// The run state that travels with the devices: 104 bytes.
///
/// QEMU: `GlobalState`, migration/global_state.c.
public struct GlobalState: Sendable {
  /// Length of the name and its terminator; not checked on load.
  public var size: UInt32 = 0
  /// The state's name, filled up with zeros.
  public var runState = InlineArray<32, UInt8>(repeating: 0)
  /// 1 if `vmWasSuspended` means something; not checked on load.
  public var hasVMWasSuspended: UInt8 = 0
  /// 1 if the guest slept before the machine was stopped.
  public var vmWasSuspended: UInt8 = 0
  /// Zeros; what another version put here is carried.
  public var unused = InlineArray<66, UInt8>(repeating: 0)
  /// The section is sent (QEMU: the machine property `store-global-state`).
  public var isStored = true
  /// A load has brought this section.
  public var isReceived = false

  /// A state that names nothing.
  public init() {}
}

/// The same 104 bytes as versions before 9.0 describe them.
///
/// QEMU: `GlobalState` of 7.2, migration/global_state.c.
public struct GlobalState7_2: Sendable {
  /// Length of the name and its terminator; not checked on load.
  public var size: UInt32 = 0
  /// The state's name, filled up with zeros.
  public var runState = InlineArray<100, UInt8>(repeating: 0)
  /// The section is sent.
  public var isStored = true
  /// A load has brought this section.
  public var isReceived = false

  /// A state that names nothing.
  public init() {}
}
