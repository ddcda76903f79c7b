import VMState

/// What a walk notes for the remarks that are made at its end.
struct SummaryFacts {
  var sectionsWithFooter: UInt64 = 0
  var sectionsWithoutFooter: UInt64 = 0
  var runStateSize: UInt64?
  var runStateIsTerminated = true
  var wasSuspended = false
  /// Names and instances that came more than once as whole sections.
  private(set) var duplicates: [(idstr: String, instance: UInt32)] = []
  /// The description lists sections that did not come.
  private(set) var missing: [(idstr: String, instance: UInt32)] = []
  /// Sections that came and are not in the description, live ones apart.
  private(set) var undescribed: [(idstr: String, instance: UInt32)] = []
  private(set) var hasDescription = false
  /// Bytes of the blobs in a TPM emulator's section.
  private(set) var tpmBytes: Int?
  private(set) var countsInstructions = false

  private static let bound = 64

  mutating func note(_ header: SectionHeader, isFirst: Bool) {
    guard header.isWhole else { return }
    guard !isFirst, duplicates.count < Self.bound else { return }
    duplicates.append((header.idstr, header.instance))
  }

  mutating func note(_ body: DescribedBodyPiece, of header: SectionHeader) {
    if body.table.name == "tpm-emulator" {
      var bytes = 0
      for (field, value) in zip(body.table.fields, body.state.fields)
      where field.name.hasSuffix("buffer") {
        if case .bytes(let blob) = value { bytes += blob.count }
      }
      tpmBytes = (tpmBytes ?? 0) + bytes
    }
    if header.idstr == "timer" {
      countsInstructions = body.table.subsections.contains { $0.name.hasPrefix("timer/icount") }
    }
  }

  mutating func note(
    _ description: StreamDescription, _ places: [SectionKey: Int],
    _ sections: [StreamSummary.Section]
  ) {
    hasDescription = true
    var described: Set<SectionKey> = []
    for device in description.devices {
      let key = SectionKey(name: Array(device.idstr.utf8), instance: device.instance)
      described.insert(key)
      if places[key] == nil, missing.count < Self.bound {
        missing.append((device.idstr, device.instance))
      }
    }
    for (key, place) in places.sorted(by: { $0.value < $1.value })
    where sections[place].kind == .full && !described.contains(key) {
      guard undescribed.count < Self.bound else { return }
      undescribed.append((sections[place].idstr, key.instance))
    }
  }
}
