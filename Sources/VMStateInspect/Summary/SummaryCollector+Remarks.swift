import VMState

extension SummaryCollector {
  /// The summary, after the last piece.
  consuming func finish() -> StreamSummary {
    close(at: summary.length)
    if !summary.isMapped {
      for index in summary.blocks.indices { summary.blocks[index].pagesPresent = seen[index].count }
    }
    summary.tpmBytes = facts.tpmBytes
    summary.wasSuspended = facts.wasSuspended || summary.runState == RunState.suspended.rawValue
    summary.countsInstructions = facts.countsInstructions
    summary.isBackgroundSnapshot =
      summary.isComplete && summary.problems.isEmpty
      && summary.sections.contains { $0.kind == .start && $0.idstr == "ram" && !$0.hasEnded }
    remarkOnFraming()
    remarkOnDescription()
    remarkOnRunState()
    remarkOnMemory()
    return summary
  }

  private mutating func remarkOnFraming() {
    if summary.isChannelAlone || summary.cpr != nil && summary.trailingBytes == 0 { return }
    for (idstr, instance) in facts.duplicates {
      remark(
        "duplicate-section",
        "comes more than once: a destination takes the last one, or puts them into the wrong device",
        section: Self.name(idstr, instance))
    }
    if facts.sectionsWithFooter > 0, facts.sectionsWithoutFooter > 0, summary.problems.isEmpty {
      remark("footers", "\(facts.sectionsWithoutFooter) sections have no footer")
    }
    for section in summary.sections
    where section.kind == .start && !section.hasEnded && summary.isComplete
      && !(summary.isBackgroundSnapshot && section.idstr == "ram")
    {
      remark(
        "no-end", "has no END: a destination takes what came before without a word",
        section: Self.name(section.idstr, section.instance))
    }
    if !summary.isComplete, summary.problems.isEmpty {
      remark("no-eof", "the stream does not end with an EOF byte")
    }
    if summary.trailingBytes > 0 {
      remark(
        "trailing-bytes",
        "\(summary.trailingBytes) bytes follow the end; a destination never looks at them")
    }
    if summary.configuration?.machineType.isEmpty == true {
      remark("empty-machine", "the machine type is empty: every destination accepts it")
    }
  }

  private mutating func remarkOnDescription() {
    for (idstr, instance) in facts.missing {
      remark(
        "described-only", "the description lists it, but it is not in the stream",
        section: Self.name(idstr, instance))
    }
    for (idstr, instance) in facts.undescribed where facts.hasDescription {
      remark(
        "not-described", "it is in the stream, but not in the description",
        section: Self.name(idstr, instance))
    }
  }

  private mutating func remarkOnRunState() {
    guard let name = summary.runState else { return }
    if RunState(rawValue: name) == nil {
      remark(
        "run-state", "'\(name)' is no run state that a destination knows", section: "globalstate")
    }
    if !facts.runStateIsTerminated {
      remark("run-state-end", "the run state's name has no end", section: "globalstate")
    }
    if let size = facts.runStateSize, size != UInt64(name.utf8.count) + 1 {
      remark(
        "run-state-size", "the size says \(size), the name has \(name.utf8.count + 1) bytes",
        section: "globalstate")
    }
  }

  private mutating func remarkOnMemory() {
    guard summary.isComplete, summary.problems.isEmpty, !summary.isMapped, summary.countsRepeats,
      !pagesAreElsewhere
    else {
      return
    }
    for block in summary.blocks {
      let pages = block.length / UInt64(max(1, summary.pageSize))
      guard block.pagesPresent < pages else { continue }
      let missing = pages - block.pagesPresent
      remark(
        "missing-pages",
        "\(missing) of \(pages) pages never came: a destination keeps what it has there",
        section: "ram/\(block.idstr)")
    }
  }

  /// The pages are not to be expected in the main stream.
  private var pagesAreElsewhere: Bool {
    let capabilities = summary.configuration?.capabilities ?? []
    if !summary.channels.isEmpty { return false }
    return summary.multifdFlushes > 0 || capabilities.contains("x-ignore-shared")
      || capabilities.contains("multifd")
      || summary.commands.contains { $0.number == MigrationCommand.postcopyListen.rawValue }
      || summary.pages.total == summary.pages.zero
  }

  static func name(_ idstr: String, _ instance: UInt32) -> String {
    instance == 0 ? idstr : "\(idstr) \(instance)"
  }
}
