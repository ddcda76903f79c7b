import DeviceModels
import VMState
import VMStateInspect

/// What a machine must have to hold a recorded stream: taken from a walk through it.
public struct Recording {
  /// A device's section.
  public struct Section {
    /// Its name and instance.
    public var name: SectionName
    /// The id in its header.
    public var sectionID: UInt32
    /// Its layout.
    public var table: DescribedTable
  }

  /// The generation that wrote the stream.
  public let profile: StreamProfile
  /// The configuration that source and destination agree about.
  public let configuration: MachineConfiguration
  /// The devices' sections in stream order, each once.
  public let sections: [Section]
  /// The id of the section `ram`, if there is one.
  public let ramSectionID: UInt32?
  /// The RAM blocks.
  public let blocks: [WalkedMemory.Block]

  /// Takes the shape of a walked stream.
  ///
  /// - Throws: The walk's error; `badDescription` if sections are not described.
  public init(_ stream: WalkedStream, profile: StreamProfile) throws(VMStateError) {
    if let error = stream.error { throw error }
    self.profile = profile
    configuration = Self.configuration(stream)
    blocks = stream.memory.blocks
    var sections: [Section] = []
    var ramSectionID: UInt32?
    var seen: Set<SectionName> = []
    for case .section(let section) in stream.elements {
      let name = SectionName(idstr: section.idstr, instance: section.instance)
      if section.kind == .start { ramSectionID = section.sectionID }
      guard section.kind == .full, seen.insert(name).inserted else { continue }
      guard let table = section.table else {
        throw VMStateError(
          .badDescription, "nothing describes the section", path: [section.idstr],
          offset: section.offset)
      }
      sections.append(Section(name: name, sectionID: section.sectionID, table: table))
    }
    self.sections = sections
    self.ramSectionID = ramSectionID
  }

  /// The release that the machine type stands for, as in `pc-i440fx-7.2`; nil for types
  /// without one.
  var machineRelease: (major: Int, minor: Int)? {
    let numbers = configuration.machineType.split(separator: "-").last?.split(separator: ".")
      .compactMap { Int($0) }
    guard let numbers, numbers.count == 2 else { return nil }
    return (numbers[0], numbers[1])
  }

  private static func configuration(_ stream: WalkedStream) -> MachineConfiguration {
    let received = stream.configuration
    var configuration = MachineConfiguration(
      machineType: received?.machineTypeText ?? "", pageBits: received?.pageBits ?? 12,
      capabilities: received?.capabilities ?? [], uuid: received?.uuid)
    configuration.sendsConfiguration = received != nil
    configuration.suppressesDescription = stream.descriptionRange == nil
    for case .section(let section) in stream.elements {
      configuration.sendsSectionFooters = section.hasFooter
    }
    return configuration
  }
}
