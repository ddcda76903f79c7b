import VMState

extension SummaryCollector {
  mutating func note(_ record: ConfigurationRecord) {
    summary.configuration = record
    summary.origin.note(machineType: record.machineTypeText)
    if let bits = record.pageBits, bits < 32 { summary.pageSize = 1 << Int(bits) }
    if record.capabilities.contains("mapped-ram") {
      summary.origin.atLeast(9, 0, "the capability mapped-ram")
    }
  }

  mutating func note(_ body: DescribedBodyPiece) {
    guard let header = open?.header else { return }
    facts.note(body, of: header)
    if header.idstr == "globalstate" { noteGlobalState(body) }
  }

  /// be32 size and the run state's name, padded with zeros; since 9.0 two flags behind it.
  private mutating func noteGlobalState(_ body: DescribedBodyPiece) {
    for (field, value) in zip(body.table.fields, body.state.fields) {
      guard case .bytes(let bytes) = value else { continue }
      switch field.name {
      case "size": facts.runStateSize = bytes.reduce(0) { $0 << 8 | UInt64($1) }
      case "runstate":
        summary.runState = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        facts.runStateIsTerminated = bytes.contains(0)
      case "has_vm_was_suspended":
        summary.origin.atLeast(9, 0, "globalstate has the suspended flag")
      case "vm_was_suspended": facts.wasSuspended = bytes.first == 1
      default: break
      }
    }
  }

  mutating func note(_ command: WalkedCommand) {
    let index = summary.commands.firstIndex { $0.number == command.number }
    if let index {
      summary.commands[index].count += 1
    } else if summary.commands.count < 256 {
      summary.commands.append(StreamSummary.Command(number: command.number, count: 1))
    }
    if command.command == .switchoverStart {
      summary.origin.atLeast(10, 0, "the command SWITCHOVER_START")
    }
  }

  mutating func describe(_ text: [UInt8], _ range: Range<UInt64>) {
    summary.descriptionRange = range
    summary.carriesSums = text.holds(Array(StreamIntegrity.key.utf8))
    do throws(VMStateError) {
      let description: StreamDescription
      if let known, known.range == range {
        description = known.description
      } else {
        description = try StreamDescription(parsing: text, limits: limits)
      }
      if let size = description.pageSize { summary.pageSize = size }
      summary.origin.note(description)
      facts.note(description, places, summary.sections)
    } catch {
      remark("description-unreadable", "the JSON description cannot be read: \(error)")
    }
  }

  mutating func note(_ problem: StreamProblem, _ range: Range<UInt64>) {
    guard summary.problems.count < Bound.problems else {
      summary.furtherProblems += 1
      return
    }
    if problem.error.code == .badMagic, summary.length == 0 {
      summary.container = "not recognised"
    }
    var kept = StreamSummary.Problem(error: problem.error)
    kept.header = open?.header
    kept.sectionOffset = open?.offset
    kept.bodyOffset = open?.bodyOffset
    kept.partial = problem.partial
    kept.resumes = problem.resumes
    kept.surroundings = problem.surroundings
    if problem.error.code == .missingFooter || problem.error.code == .footerMismatch {
      kept.describedEnd = problem.error.offset
    }
    summary.problems.append(kept)
    if problem.resumes == nil { close(at: range.upperBound) }
  }

  mutating func remark(_ code: String, _ text: String, section: String? = nil) {
    guard summary.remarks.count < Bound.problems else { return }
    summary.remarks.append(StreamSummary.Remark(code: code, text: text, section: section))
  }

  // MARK: RAM

  mutating func note(_ record: RAMPiece) {
    switch record {
    case .setup(let setup, let pageSize):
      summary.pageSize = pageSize.bytes
      setBlocks([])
      for entry in setup.entries { addBlock(entry) }
    case .mappedSetup:
      summary.isMapped = true
      setBlocks([])
    case .mappedBlock(let block): add(block)
    case .mappedPages(let pages): add(pages)
    case .page: break
    case .mark(let word):
      guard word.kind == .multifdFlush else { return }
      summary.multifdFlushes += 1
      summary.origin.atLeast(8, 1, "a multifd flush record")
    }
  }

  private mutating func setBlocks(_ blocks: [StreamSummary.Block]) {
    summary.blocks = blocks
    seen = []
  }

  private mutating func addBlock(_ entry: RAMSetupRecord.Entry) {
    guard summary.blocks.count < Bound.blocks else {
      summary.furtherBlocks += 1
      return
    }
    summary.blocks.append(
      StreamSummary.Block(
        idstr: entry.idstr, length: entry.length, regionOffset: entry.regionOffset))
    seen.append(PagesSeen())
  }

  private mutating func add(_ block: MappedBlock) {
    addBlock(block.entry)
    summary.pageSize = Int(clamping: block.pageSize)
    guard block.index < summary.blocks.count else { return }
    summary.blocks[block.index].pages.zero = block.entry.length / max(1, block.pageSize)
  }

  private mutating func add(_ pages: MappedPages) {
    let count = UInt64(pages.bytes.count) / UInt64(max(1, summary.pageSize))
    if let iteration = open?.iteration { summary.iterations[iteration].pages.normal += count }
    guard pages.block < summary.blocks.count else { return }
    summary.blocks[pages.block].pages.normal += count
    summary.blocks[pages.block].pages.zero -= min(
      count, summary.blocks[pages.block].pages.zero)
    summary.blocks[pages.block].pagesPresent += count
  }
}

extension [UInt8] {
  /// True if some bytes stand in these, one behind the other.
  fileprivate func holds(_ wanted: [UInt8]) -> Bool {
    guard let first = wanted.first, count >= wanted.count else { return false }
    return withUnsafeBytes { all in
      (0...all.count - wanted.count).contains { start in
        all[start] == first && all[start...].starts(with: wanted)
      }
    }
  }
}
