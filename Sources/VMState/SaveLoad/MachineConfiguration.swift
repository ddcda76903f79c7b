/// What source and destination have to agree about, and the options that shape the stream.
///
/// Wire: byte `07`, then the body of the `configuration` description: be32 length and bytes of
/// the machine type's name, then subsections for page bits, capabilities and UUID where they
/// are needed. QEMU: `vmstate_configuration`, migration/savevm.c.
public struct MachineConfiguration: Sendable, Hashable {
  /// The machine type's name, for example `pc-i440fx-10.0`.
  public var machineType: String
  /// Bits of the target's page size.
  public var pageBits: UInt32
  /// The fewest bits that the CPU family allows; more than that are sent.
  public var minimumPageBits: UInt32
  /// The migration capabilities that are on, by their names on the wire.
  public var capabilities: Set<String>
  /// The machine's UUID, if its owner set one.
  public var uuid: MachineUUID?

  /// The option `send-configuration`: the configuration section is written and expected.
  public var sendsConfiguration = true
  /// The option `send-section-footer`: every section ends with a footer.
  public var sendsSectionFooters = true
  /// The option `store-global-state`: the machine's run state is saved.
  public var storesGlobalState = true
  /// The property `suppress-vmdesc`: no JSON description is written or expected.
  public var suppressesDescription = false

  /// Makes a configuration with QEMU's default options.
  public init(
    machineType: String, pageBits: UInt32 = 12, minimumPageBits: UInt32 = 12,
    capabilities: Set<String> = [], uuid: MachineUUID? = nil
  ) {
    self.machineType = machineType
    self.pageBits = pageBits
    self.minimumPageBits = minimumPageBits
    self.capabilities = capabilities
    self.uuid = uuid
  }

  /// The target's page size in bytes.
  public var pageSize: UInt64 { pageBits < 64 ? 1 << UInt64(pageBits) : 0 }

  /// The capability `validate-uuid`: the UUID travels and is compared.
  public var validatesUUID: Bool {
    get { capabilities.contains("validate-uuid") }
    set {
      if newValue {
        capabilities.insert("validate-uuid")
      } else {
        capabilities.remove("validate-uuid")
      }
    }
  }

  /// True when a save of this profile ends with a JSON description. Profiles that describe the
  /// configuration cannot do without it: QEMU stops on an assertion there, we leave the
  /// description out.
  func describesStream(_ profile: StreamProfile) -> Bool {
    !suppressesDescription && (sendsConfiguration || !profile.describesConfiguration)
  }

  /// The capabilities that are on and compared, in wire order.
  func validatedCapabilities(_ profile: StreamProfile) -> [String] {
    profile.validatedCapabilities.filter { capabilities.contains($0) }
  }

  /// Every capability name that a stream may carry, whether it is compared or not.
  ///
  /// QEMU: `MigrationCapability`, qapi/migration.json, with those that later releases removed.
  static let knownCapabilities: Set<String> = [
    "xbzrle", "rdma-pin-all", "auto-converge", "zero-blocks", "compress", "events",
    "postcopy-ram", "x-colo", "release-ram", "block", "return-path",
    "pause-before-switchover", "multifd", "dirty-bitmaps", "postcopy-blocktime",
    "late-block-activate", "x-ignore-shared", "validate-uuid", "background-snapshot",
    "zero-copy-send", "postcopy-preempt", "switchover-ack", "dirty-limit", "mapped-ram",
  ]

  /// Names on the wire.
  enum Name {
    static let configuration = "configuration"
    static let pageBits = "configuration/target-page-bits"
    static let capabilities = "configuration/capabilities"
    static let uuid = "configuration/uuid"
  }
}
