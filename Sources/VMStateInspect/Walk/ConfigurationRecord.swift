import VMState

/// The configuration section as it stands in a stream: nothing is checked against a machine,
/// and the order of its parts is kept.
///
/// Wire: `07`, be32 length, machine type; subsections (`05`, counted name, be32 version, body).
/// QEMU: `vmstate_configuration`, migration/savevm.c.
public struct ConfigurationRecord: Sendable, Hashable {
  /// A subsection's body.
  public enum Body: Sendable, Hashable {
    /// `configuration/target-page-bits`: be32.
    case pageBits(UInt32)
    /// `configuration/capabilities`: be32 count, counted names.
    case capabilities([[UInt8]])
    /// `configuration/uuid`: 16 bytes.
    case uuid(MachineUUID)
  }

  /// A subsection.
  public struct Part: Sendable, Hashable {
    /// The version as it is written.
    public var version: UInt32
    /// The body.
    public var body: Body

    /// The name on the wire.
    public var name: String {
      switch body {
      case .pageBits: "configuration/target-page-bits"
      case .capabilities: "configuration/capabilities"
      case .uuid: "configuration/uuid"
      }
    }
  }

  /// The machine type's name: its bytes as they are.
  public var machineType: [UInt8]
  /// The subsections in stream order.
  public var parts: [Part] = []

  /// A record.
  public init(machineType: [UInt8], parts: [Part] = []) {
    self.machineType = machineType
    self.parts = parts
  }

  /// The machine type's name as text.
  public var machineTypeText: String { String(decoding: machineType, as: UTF8.self) }

  /// Bits of a page, if the record tells.
  public var pageBits: UInt32? {
    for part in parts { if case .pageBits(let bits) = part.body { return bits } }
    return nil
  }

  /// The names of the capabilities that were on.
  public var capabilities: Set<String> { Set(orderedCapabilities) }

  /// The capabilities, in the order of the stream.
  public var orderedCapabilities: [String] {
    parts.flatMap { part -> [String] in
      guard case .capabilities(let names) = part.body else { return [] }
      return names.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// The source's UUID, if it was sent.
  public var uuid: MachineUUID? {
    for part in parts { if case .uuid(let uuid) = part.body { return uuid } }
    return nil
  }
}

extension ConfigurationRecord {
  private static let longestName = 4096

  /// Reads what follows the type byte.
  ///
  /// - Throws: `limitExceeded`, `unknownSubsection`, `endOfStream`.
  public init(
    from reader: inout StreamReader, _ limits: Limits = Limits()
  ) throws(VMStateError) {
    do throws(VMStateError) {
      let length = Int(try reader.get(UInt32.self))
      machineType = try reader.getBytes(length, limit: Self.longestName)
      while try reader.peekByte() == SectionKind.subsection.rawValue {
        parts.append(try Part(from: &reader, limits))
      }
    } catch {
      throw error.within("configuration").at(reader.position)
    }
  }

  /// Writes the record, its type byte included.
  public func encode(to writer: inout StreamWriter) {
    writer.put(SectionKind.configuration.rawValue)
    writer.put(UInt32(truncatingIfNeeded: machineType.count))
    writer.put(bytes: machineType)
    for part in parts { part.encode(to: &writer) }
  }
}

extension ConfigurationRecord.Part {
  init(from reader: inout StreamReader, _ limits: Limits) throws(VMStateError) {
    let offset = reader.position
    reader.advance(1)
    let name = try reader.getCountedString()
    version = try reader.get(UInt32.self)
    switch name {
    case "configuration/target-page-bits": body = .pageBits(try reader.get(UInt32.self))
    case "configuration/uuid":
      body = .uuid(MachineUUID(high: try reader.get(), low: try reader.get()))
    case "configuration/capabilities":
      body = .capabilities(try Self.names(from: &reader, limits))
    default:
      throw VMStateError(
        .unknownSubsection, "the configuration has an unknown subsection", offset: offset,
        expected: "target-page-bits, capabilities or uuid", found: name)
    }
  }

  private static func names(
    from reader: inout StreamReader, _ limits: Limits
  ) throws(VMStateError) -> [[UInt8]] {
    let offset = reader.position
    let count = try reader.get(UInt32.self)
    guard count <= limits.elements else {
      throw VMStateError(
        .limitExceeded, "more capabilities than the limit allows", offset: offset,
        expected: "at most \(limits.elements)", found: "\(count)")
    }
    var names: [[UInt8]] = []
    for _ in 0..<count { names.append(try reader.getCountedBytes()) }
    return names
  }

  func encode(to writer: inout StreamWriter) {
    writer.put(SectionKind.subsection.rawValue)
    writer.put(counted: name)
    writer.put(version)
    switch body {
    case .pageBits(let bits): writer.put(bits)
    case .uuid(let uuid):
      writer.put(uuid.high)
      writer.put(uuid.low)
    case .capabilities(let names):
      writer.put(UInt32(truncatingIfNeeded: names.count))
      for name in names {
        writer.put(UInt8(truncatingIfNeeded: name.count))
        writer.put(bytes: name)
      }
    }
  }
}
