/// What an operator knows about the destination beside a stream or a `-dump-vmstate` file.
public struct CheckOptions: Sendable {
  /// The destination's QEMU; without it, it is taken from the target's streams as far as they
  /// tell.
  public var release: QEMURelease?
  /// The full name of the destination's machine type.
  public var machine: String?
  /// Sizes of RAM blocks in bytes, by name.
  public var ramSizes: [String: UInt64] = [:]
  /// Capabilities of the destination: on or off.
  public var capabilities: [String: Bool] = [:]
  /// The destination's UUID.
  public var uuid: String?
  /// The names of all sections that the destination has, for a target without a stream.
  public var sections: [String] = []

  /// No knowledge.
  public init() {}
}
