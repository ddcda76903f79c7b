import VMState

extension StreamDiff {
  /// Compares two streams.
  ///
  /// - Parameter ignoring: Patterns for paths of fields, sections and blocks that are left out.
  /// - Throws: The channels' errors, damaged page data.
  public static func make(
    _ first: StreamExamination, _ second: StreamExamination, ignoring: [GlobPattern] = []
  ) throws(VMStateError) -> StreamDiff {
    var comparison = StreamComparison(first, second, ignoring)
    try comparison.run()
    return comparison.diff
  }
}

/// Compares two streams part by part.
private struct StreamComparison {
  let first: StreamExamination
  let second: StreamExamination
  let ignoring: [GlobPattern]
  var diff = StreamDiff()

  init(
    _ first: StreamExamination, _ second: StreamExamination, _ ignoring: [GlobPattern]
  ) {
    self.first = first
    self.second = second
    self.ignoring = ignoring
  }

  mutating func run() throws(VMStateError) {
    compareConfigurations()
    try compareSections()
    compareCommands()
    compareProblems()
    let memory = MemoryComparison(first.memory, second.memory, ignoring)
    let result = try memory.run()
    for difference in result.blocks { take(difference) }
    diff.memory = result.pages
    diff.ignored += result.ignored
  }

  private func isIgnored(_ path: String) -> Bool { ignoring.contains { $0.matches(path) } }

  private mutating func take(_ difference: StreamDifference) {
    if isIgnored(difference.path) {
      diff.ignored += 1
    } else {
      diff.differences.append(difference)
    }
  }

  private mutating func compareConfigurations() {
    let one = first.stream.configuration
    let other = second.stream.configuration
    let facts: [(String, (ConfigurationRecord) -> String?)] = [
      ("machine type", { $0.machineTypeText }),
      ("page bits", { $0.pageBits.map { "\($0)" } }),
      ("capabilities", { $0.orderedCapabilities.joined(separator: ", ") }),
      ("UUID", { $0.uuid.map { "\($0)" } }),
    ]
    for (name, fact) in facts {
      let (left, right) = (one.flatMap(fact), other.flatMap(fact))
      guard left != right else { continue }
      take(StreamDifference(.configuration, "configuration/\(name)", left, right))
    }
  }

  // MARK: Sections

  private mutating func compareSections() throws(VMStateError) {
    let one = LabelledSections(first.stream)
    let other = LabelledSections(second.stream)
    for (label, section) in one.list {
      guard let partner = other.byLabel[label] else {
        take(
          StreamDifference(
            .section, label, "version \(section.version), \(section.bodyLength) bytes", nil,
            at: section.offset))
        continue
      }
      try compare(label, section, partner)
    }
    for (label, section) in other.list where one.byLabel[label] == nil {
      take(
        StreamDifference(
          .section, label, nil, "version \(section.version), \(section.bodyLength) bytes", at: nil,
          section.offset))
    }
    compareOrder(one, other)
  }

  private mutating func compare(
    _ label: String, _ section: WalkedSection, _ partner: WalkedSection
  ) throws(VMStateError) {
    // A section that is left out as a whole costs nothing.
    if isIgnored(label) { return diff.ignored += 1 }
    var found: [StreamDifference] = []
    try SectionComparison(label) { found.append($0) }.compare(section, partner)
    for difference in found { take(difference) }
    guard section.state == nil || partner.state == nil, section.idstr != "ram" else { return }
    let (left, right) = (first.sums[section.offset], second.sums[partner.offset])
    guard left != right || section.bodyLength != partner.bodyLength else { return }
    take(
      StreamDifference(
        .bytes, label, "\(section.bodyLength) bytes, \(Self.sum(left))",
        "\(partner.bodyLength) bytes, \(Self.sum(right))", at: section.offset, partner.offset))
  }

  private static func sum(_ sum: CRC32C?) -> String {
    sum.map { "CRC-32C " + CRC32C.text($0.value) } ?? "with fields"
  }

  private mutating func compareOrder(_ one: LabelledSections, _ other: LabelledSections) {
    let left = one.list.filter { other.byLabel[$0.0] != nil }.map(\.0)
    let right = other.list.filter { one.byLabel[$0.0] != nil }.map(\.0)
    guard let place = zip(left, right).first(where: { $0 != $1 }) else { return }
    take(StreamDifference(.order, "order of the sections", place.0, place.1))
  }

  // MARK: Commands and problems

  private mutating func compareCommands() {
    let one = Self.commands(first.stream)
    let other = Self.commands(second.stream)
    for index in 0..<max(one.count, other.count) {
      let left = index < one.count ? one[index] : nil
      let right = index < other.count ? other[index] : nil
      guard left?.number != right?.number || left?.payload != right?.payload else { continue }
      take(
        StreamDifference(
          .command, "command[\(index)]", left.map(Self.text), right.map(Self.text),
          at: left?.offset, right?.offset))
    }
  }

  private static func commands(_ stream: WalkedStream) -> [WalkedCommand] {
    stream.elements.compactMap { element in
      guard case .command(let command) = element else { return nil }
      return command
    }
  }

  private static func text(_ command: WalkedCommand) -> String {
    let name = command.command?.name ?? "command \(command.number)"
    let digits = command.payload.prefix(16).map { hexadecimal($0) }.joined(separator: " ")
    return digits.isEmpty ? name : "\(name) \(digits)"
  }

  private mutating func compareProblems() {
    let left = first.stream.problems.first?.error.description
    let right = second.stream.problems.first?.error.description
    guard left != right else { return }
    take(StreamDifference(.problem, "problem", left, right))
  }
}

/// The sections of a stream by name and instance; live sections once, by their START.
private struct LabelledSections {
  private(set) var list: [(String, WalkedSection)] = []
  private(set) var byLabel: [String: WalkedSection] = [:]

  init(_ stream: WalkedStream) {
    var uses: [String: Int] = [:]
    for case .section(let section) in stream.elements
    where section.kind == .full || section.kind == .start {
      var label = SectionLabel.text(section.idstr, section.instance)
      uses[label, default: 0] += 1
      if let use = uses[label], use > 1 { label += "~\(use)" }
      list.append((label, section))
      byLabel[label] = section
    }
  }
}
