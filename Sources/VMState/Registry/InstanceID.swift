/// The instance id wanted at a registration.
public enum InstanceID: Sendable, Hashable {
  /// The lowest id above all entries of the same name. QEMU: `VMSTATE_INSTANCE_ID_ANY`.
  case any
  /// This id; `0xFFFF_FFFF` cannot be given, since it stands for `any` in the format's rules.
  case given(UInt32)
}

/// The two directions of a transfer.
public enum TransferDirection: Sendable, Hashable {
  /// State leaves this machine.
  case save
  /// State comes into this machine.
  case load
}
