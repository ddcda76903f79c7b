import VMState

/// One section of a good stream: its layout, its values, and the bytes of its body.
struct SectionBytes: Sendable {
  var places: BodyFields
  var table: DescribedTable
  var bytes: [UInt8]

  init?(_ table: DescribedTable, _ state: DescribedState) {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    guard (try? table.save(state, to: &writer)) != nil, (try? writer.flush()) != nil else {
      return nil
    }
    places = BodyFields(table, state)
    self.table = table
    bytes = channel.bytes
  }
}

/// The described sections of a good stream.
public struct GoodStream: Sendable {
  /// The stream's JSON description, or one that was given alone.
  public var description: StreamDescription?
  private var sections: [SectionKey: SectionBytes] = [:]

  /// Reads one.
  ///
  /// - Throws: The stream's first problem: it has to be good.
  public init(
    _ channel: any ByteChannel, _ options: WalkOptions = WalkOptions()
  ) throws(VMStateError) {
    let stream = StreamWalk.collect(channel, options)
    if let error = stream.error { throw error }
    description = stream.description
    for case .section(let section) in stream.elements {
      guard let table = section.table, let state = section.state else { continue }
      let key = SectionKey(name: Array(section.idstr.utf8), instance: section.instance)
      sections[key] = SectionBytes(table, state)
    }
  }

  /// Takes layouts alone.
  public init(description: StreamDescription) { self.description = description }

  /// The section of the same name and instance; else the first one of the same description.
  func section(_ header: SectionHeader, _ table: DescribedTable?) -> SectionBytes? {
    if let same = sections[SectionKey(name: header.name, instance: header.instance)] { return same }
    guard let name = table?.name, !name.isEmpty else { return nil }
    return sections.filter { $0.value.table.name == name }
      .min { ($0.key.instance, $0.key.name.count) < ($1.key.instance, $1.key.name.count) }?.value
  }

  /// The layout for a section.
  func table(_ header: SectionHeader, _ own: DescribedTable?) -> DescribedTable? {
    if let found = section(header, own)?.table { return found }
    if let found = description?.table(idstr: header.idstr, instance: header.instance) {
      return found
    }
    guard let name = own?.name, !name.isEmpty else { return nil }
    return description?.devices.first { $0.table.name == name }?.table
  }
}
