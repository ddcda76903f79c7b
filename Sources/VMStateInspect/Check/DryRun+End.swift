import VMState

extension DryRun {
  /// What stands behind the EOF byte. Nothing there refuses a stream.
  ///
  /// QEMU: `qemu_loadvm_state`, migration/savevm.c.
  mutating func readTail() throws(Halt) {
    guard target.framing?.readsDescription ?? true, postcopy.rawValue < 3 else { return }
    guard let byte = (try? cursor.peek()) ?? nil else { return }
    guard byte != SectionKind.description.rawValue else { return }
    report.notes.append(
      "QEMU says \"Expected vmdescription section, but got \(byte)\" and goes on")
  }

  /// What the destination has and the stream did not bring.
  mutating func noteWhatIsMissing() {
    noteMissingSections()
    noteMissingMemory()
    noteAccelerator()
    noteInterruptLevels()
    report.notes.append(
      "CPU models, the contents of disks and devices without state are not in a stream; nobody "
        + "compares them")
  }

  private mutating func noteMissingSections() {
    guard target.knowsEntries else { return }
    for (index, entry) in target.entries.enumerated()
    where loaded[index] == nil && entry.origin == .stream && !isRAM(entry) {
      if case .dirtyBitmap = entry.body { continue }
      if case .disks = entry.body { continue }
      // Not needed where the machine was paused; then it goes on as it would anyway.
      if entry.idstr == "globalstate" { continue }
      guard !report.blockers.contains(where: { $0.path.first == entry.idstr }) else { continue }
      lose(.missingSection, [entry.idstr], Self.missing(entry))
    }
  }

  private static func missing(_ entry: TargetEntry) -> String {
    let end = "stays as after a reset"
    if isOfCPU(entry.idstr), entry.instance > 0 {
      return "the stream has no CPU \(entry.instance), and the destination's \(end)"
    }
    let instance = entry.instance > 0 ? " instance \(entry.instance)" : ""
    return "the stream has no such section\(instance): the device \(end)"
  }

  /// A section that each CPU has, by its number.
  static func isOfCPU(_ name: String) -> Bool { ["cpu", "cpu_common", "apic"].contains(name) }

  private func isRAM(_ entry: TargetEntry) -> Bool {
    if case .ram = entry.body { return true }
    return false
  }

  private mutating func noteMissingMemory() {
    guard let local = target.blocks, target.knowsEntries, !memory.isMapped else { return }
    let listed = Set(memory.blocks.map(\.name))
    for name in local.keys.sorted() where !listed.contains(name) {
      lose(
        .missingMemory, ["ram", name],
        "the stream has no such RAM block: it stays empty at the destination")
    }
    for block in memory.blocks where !block.isElsewhere && local[block.name] != nil {
      let pages = block.length / UInt64(target.pageSize)
      guard block.received < pages, !block.isUncounted else { continue }
      let what =
        block.received == 0
        ? memory.usesChannels ? "the pages are on other channels, which are not here" : "no page"
        : "\(pages - block.received) of \(pages) pages are missing"
      lose(
        .missingMemory, ["ram", block.name], "\(what): they stay zero at the destination",
        isShown: block.received == 0)
    }
  }

  /// The bridge does not load the levels of its lines: it asks the bus for them.
  private mutating func noteInterruptLevels() {
    guard let counts = interruptCounts, let levels = interruptLevels else { return }
    for (line, (count, level)) in zip(counts, levels).enumerated()
    where level != (count != 0 ? 1 : 0) {
      lose(
        .value, ["PIIX3", "pci_irq_levels_vmstate[\(line)]"],
        "\(level) is replaced by what the bus has, \(count != 0 ? 1 : 0)")
    }
  }

  private mutating func noteAccelerator() {
    guard let usesKVM = target.usesKVM,
      let cpu = source.description?.devices.first(where: {
        $0.idstr == "cpu"
      })
    else { return }
    let names = source.description?.devices.map(\.idstr) ?? []
    let sourceUsesKVM =
      names.contains("kvmclock") || cpu.table.subsections.contains { $0.name == "cpu/tsc_khz" }
    guard sourceUsesKVM != usesKVM else { return }
    lose(
      .accelerator, ["cpu"],
      usesKVM
        ? "emulation to KVM: x87 and SSE registers become zero"
        : "KVM to emulation: state that only KVM keeps is not taken over")
  }
}
