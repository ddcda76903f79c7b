/// The configuration section as a stream brought it.
///
/// QEMU: `vmstate_configuration`, migration/savevm.c.
public struct ReceivedConfiguration: Sendable, Hashable {
  /// The machine type's name: its bytes as they are.
  public internal(set) var machineType: [UInt8] = []
  /// Bits of the source's page size; nil when the stream does not say, which means the CPU
  /// family's minimum.
  public internal(set) var pageBits: UInt32?
  /// The compared capabilities that were on at the source.
  public internal(set) var capabilities: Set<String> = []
  /// The source's UUID, if it was sent.
  public internal(set) var uuid: MachineUUID?

  init() {}

  /// The machine type's name as text.
  public var machineTypeText: String { String(decoding: machineType, as: UTF8.self) }

  /// Longest machine type name that is read; far above any real one.
  static let maximumNameLength = 4096

  /// Reads the body that follows the type byte.
  ///
  /// - Throws: `limitExceeded`, `unknownSubsection`, `versionTooNew`, `versionTooOld`,
  ///   `configurationMismatch` for an unknown capability, `endOfStream`.
  public init(
    from reader: inout StreamReader, _ limits: Limits = Limits()
  ) throws(VMStateError) {
    do throws(VMStateError) {
      let length = try reader.get(UInt32.self)
      machineType = try reader.getBytes(Int(length), limit: Self.maximumNameLength)
      while let name = try reader.getSubsection(of: MachineConfiguration.Name.configuration) {
        try load(name, from: &reader, limits)
      }
    } catch {
      throw error.within(MachineConfiguration.Name.configuration).at(reader.position)
    }
  }

  private mutating func load(
    _ name: String, from reader: inout StreamReader, _ limits: Limits
  ) throws(VMStateError) {
    switch name {
    case MachineConfiguration.Name.pageBits:
      try reader.checkSubsectionVersion(name)
      pageBits = try reader.get()
    case MachineConfiguration.Name.capabilities:
      try reader.checkSubsectionVersion(name)
      try loadCapabilities(from: &reader, limits)
    case MachineConfiguration.Name.uuid:
      try reader.checkSubsectionVersion(name)
      uuid = MachineUUID(high: try reader.get(), low: try reader.get())
    default:
      throw VMStateError(
        .unknownSubsection, "the configuration has an unknown subsection",
        offset: reader.position, found: name)
    }
  }

  private mutating func loadCapabilities(
    from reader: inout StreamReader, _ limits: Limits
  ) throws(VMStateError) {
    let count = try reader.get(UInt32.self)
    guard count <= limits.elements else {
      throw VMStateError(
        .limitExceeded, "more capabilities than the limit allows", offset: reader.position - 4,
        expected: "at most \(limits.elements)", found: "\(count)")
    }
    capabilities = []
    for _ in 0..<count {
      let offset = reader.position
      let name = try reader.getCountedString()
      guard MachineConfiguration.knownCapabilities.contains(name) else {
        throw VMStateError(
          .configurationMismatch, "Received unknown capability '\(name)'",
          path: [MachineConfiguration.Name.capabilities], offset: offset,
          expected: "a capability of QEMU", found: name)
      }
      capabilities.insert(name)
    }
  }
}

extension StreamReader {
  /// Consumes the type byte and name of a subsection whose name begins with its owner's;
  /// anything else is left where it is.
  fileprivate mutating func getSubsection(of owner: String) throws(VMStateError) -> String? {
    guard try peekByte() == SectionKind.subsection.rawValue, let length = try peekByte(at: 1),
      Int(length) > owner.utf8.count
    else { return nil }
    let head = try peek(2 + Int(length))
    guard head.count == 2 + Int(length) else { return nil }
    let name = Array(head[2...])
    guard name.starts(with: owner.utf8) else { return nil }
    advance(head.count)
    return String(decoding: name, as: UTF8.self)
  }

  /// Reads a version of which the low eight bits count and have to be 1.
  fileprivate mutating func checkSubsectionVersion(_ name: String) throws(VMStateError) {
    let offset = position
    let version = UInt8(truncatingIfNeeded: try get(UInt32.self))
    guard version != 1 else { return }
    throw VMStateError(
      version > 1 ? .versionTooNew : .versionTooOld,
      "Unsupported version \(version) of the subsection", path: [name], offset: offset,
      expected: "1", found: "\(version)")
  }
}
