import TestSupport
import VMState
import VMStateInspect

/// A stream that QEMU wrote, and what a machine for it needs.
final class RecordedStream {
  /// A section that is held by its description.
  struct Section {
    var idstr: String
    var instance: UInt32
    var table: DescribedTable
    /// A state of the same shape with all bits the other way round.
    var other: DescribedState
  }

  let name: String
  let bytes: SharedMemory
  let end: Int
  let options: LoadOptions
  let sections: [Section]
  let blocks: [RAMSetupRecord.Entry]
  /// Blocks of which no page comes, with the capability `x-ignore-shared`.
  let shared: Set<String>
  let hasRAM: Bool
  /// Where the first described section begins.
  let firstDevice: Int

  init(_ name: String) throws {
    self.name = name
    let content = try Fixture.stream(name)
    bytes = SharedMemory(content)
    let substitute = name == "7.2/no-vmdesc" ? try Self.description(of: "7.2/pc") : nil
    let walked = StreamWalk.collect(MemoryChannel(content), WalkOptions(learned: substitute))
    if let error = walked.error { throw Violation("\(name): \(error)") }
    let found = walked.elements.compactMap { element -> WalkedSection? in
      if case .section(let section) = element { return section }
      return nil
    }
    end = Int(walked.descriptionRange?.lowerBound ?? walked.length) - 1
    sections = found.compactMap { section in
      guard let table = section.table, let state = section.state else { return nil }
      return Section(
        idstr: section.idstr, instance: section.instance, table: table, other: state.inverted)
    }
    let ram = found.first { $0.idstr == RAMHandlers.idstr && $0.kind == .start }
    hasRAM = ram != nil
    firstDevice = Int(found.first { $0.state != nil }?.offset ?? 0)
    options = Self.options(name, walked, found)
    blocks = try ram.map { try Self.blocks(content, $0, walked) } ?? []
    let empty = walked.memory.blocks.filter { $0.pages.total == 0 }
    shared =
      options.configuration.capabilities.contains("x-ignore-shared")
      ? Set(empty.map(\.idstr)) : []
  }

  private static func description(of name: String) throws -> StreamDescription? {
    StreamWalk.collect(MemoryChannel(try Fixture.stream(name))).description
  }

  private static func options(
    _ name: String, _ walked: WalkedStream, _ sections: [WalkedSection]
  ) -> LoadOptions {
    var configuration = MachineConfiguration(
      machineType: walked.configuration?.machineTypeText ?? "none",
      capabilities: walked.configuration?.capabilities ?? [])
    configuration.sendsConfiguration = walked.configuration != nil
    configuration.sendsSectionFooters = sections.contains { $0.hasFooter }
    configuration.suppressesDescription = walked.descriptionRange == nil
    var options = LoadOptions(
      configuration: configuration, profile: name.hasPrefix("7.2") ? .qemu7_2 : .qemu10_0)
    options.limits = .tight
    return options
  }

  private static func blocks(
    _ content: [UInt8], _ section: WalkedSection, _ walked: WalkedStream
  ) throws -> [RAMSetupRecord.Entry] {
    var reader = StreamReader(MemoryChannel(content))
    try reader.skip(section.bodyOffset)
    let word = RAMRecordWord(rawValue: try reader.get(UInt64.self))
    let ignoresShared = walked.configuration?.capabilities.contains("x-ignore-shared") ?? false
    return try RAMSetupRecord(
      after: word, from: &reader, maximumEntries: 1000,
      members: { _ throws(VMStateError) in ignoresShared ? .regionOffset : [] }
    ).entries
  }
}

extension DescribedState {
  /// The same shape with other bytes.
  fileprivate var inverted: DescribedState {
    DescribedState(
      fields: fields.map { field in
        switch field {
        case .bytes(let bytes): .bytes(bytes.map { ~$0 })
        case .structures(let states): .structures(states.map(\.inverted))
        case .tree(let keys, let nodes): .tree(keys: keys.map { ~$0 }, nodes: nodes.map(\.inverted))
        }
      }, subsections: subsections.map(\.inverted))
  }
}
