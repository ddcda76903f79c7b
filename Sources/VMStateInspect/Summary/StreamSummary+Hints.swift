import VMState

extension StreamSummary {
  /// Bytes of the machine's main memory: what `-m` must say at the destination. Nil if no block
  /// looks like it.
  ///
  /// Boards name it `pc.ram`, `mach-virt.ram` and the like; with several NUMA nodes each
  /// backend is a block of its own.
  public var mainMemoryBytes: UInt64? {
    let main = blocks.filter { block in
      block.idstr.hasSuffix(".ram") && !block.idstr.contains("/") && block.idstr != "vga.ram"
        || block.idstr == "ram" || block.idstr.hasPrefix("ram-node")
        || block.idstr.hasPrefix("/objects/")
    }
    let bytes = main.reduce(0) { $0 &+ $1.length }
    return bytes > 0 ? bytes : nil
  }

  /// The value of `-m` that makes a machine with this memory.
  public var memoryOption: String? {
    mainMemoryBytes.map { bytes in
      let unit: UInt64 = 1 << 20
      if bytes % (unit << 10) == 0 { return "\(bytes / (unit << 10))G" }
      return bytes % unit == 0 ? "\(bytes / unit)" : "\(bytes)B"
    }
  }

  /// What a reader of this summary should know or do next.
  public var hints: [Remark] {
    isChannelAlone || cpr != nil ? memoryHints : memoryHints + destinationHints + deviceHints
  }

  /// The first bytes are those of nothing that is known.
  private var isNoStream: Bool { length == 0 && problems.first?.error.code == .badMagic }

  /// There are multifd channels, and no stream.
  var isChannelAlone: Bool { !channels.isEmpty && sections.isEmpty && configuration == nil }

  /// What kind of stream it is, where it is not the usual one.
  public var form: String? {
    if isMapped { return "mapped-ram" }
    if isBackgroundSnapshot { return "background snapshot" }
    let isPostcopy = commands.contains { $0.number == MigrationCommand.postcopyListen.rawValue }
    return isPostcopy ? "postcopy" : nil
  }

  private static func hint(_ code: String, _ text: String) -> Remark {
    Remark(code: code, text: text)
  }

  // MARK: Memory

  private var memoryHints: [Remark] {
    let capabilities = configuration?.capabilities ?? []
    var hints: [Remark] = []
    if isChannelAlone {
      return [
        Self.hint(
          "main-stream",
          "one channel of a multifd migration: give the main stream's file and the other "
            + "channels' files too")
      ]
    }
    if !channels.isEmpty {
      // Everything that can be had is here.
    } else if capabilities.contains("x-ignore-shared"),
      blocks.contains(where: { $0.pages.total == 0 })
    {
      hints.append(
        Self.hint("memory-outside", "memory is outside the stream (x-ignore-shared): keep its file")
      )
    } else if multifdFlushes > 0 || capabilities.contains("multifd") {
      hints.append(
        Self.hint("multifd", "pages are in the multifd channels' files: give them too"))
    } else if isComplete, !isMapped, pages.total == pages.zero, memoryBytes >= 1 << 20 {
      hints.append(
        Self.hint(
          "no-content",
          "no page has content: either the memory is empty, or its pages are in the files of "
            + "multifd channels; give them too"))
    }
    if commands.contains(where: { $0.number == MigrationCommand.postcopyListen.rawValue }) {
      hints.append(
        Self.hint(
          "postcopy",
          "a postcopy: pages that came after the switch are here only if this connection "
            + "brought them"))
    }
    if isBackgroundSnapshot {
      hints.append(
        Self.hint(
          "no-ram-end", "RAM has no END: so a background snapshot is written, or it was lost"))
    }
    if isNoStream {
      hints.append(
        Self.hint(
          "no-stream",
          "no VM state begins here, and no container that is known; '--offset' says where one "
            + "begins"))
    } else if !isComplete {
      hints.append(Self.hint("incomplete", "the stream is incomplete: memory and devices are, too"))
    }
    return hints
  }

  // MARK: Destination

  private var destinationHints: [Remark] {
    var hints: [Remark] = []
    if let memory = memoryOption, let machine = configuration?.machineTypeText, !machine.isEmpty {
      let processors = cpuCount > 1 ? " -smp \(cpuCount)" : ""
      hints.append(
        Self.hint("command-line", "made by a machine with -M \(machine) -m \(memory)\(processors)"))
    } else if let memory = memoryOption {
      hints.append(Self.hint("command-line", "made by a machine with -m \(memory)"))
    }
    let roms = blocks.filter { $0.idstr.hasSuffix(".rom") || $0.idstr.hasPrefix("/rom@") }
    if !roms.isEmpty {
      hints.append(
        Self.hint(
          "rom-sizes",
          "the destination's ROMs must have these sizes (other firmware packages change them): "
            + roms.prefix(8).map { "\($0.idstr) \(PrintableText.bytes($0.length))" }
            .joined(separator: ", ") + (roms.count > 8 ? ", …" : "")))
    }
    if countsInstructions {
      hints.append(Self.hint("icount", "saved with -icount: the destination needs it too"))
    }
    if wasSuspended {
      hints.append(Self.hint("suspended", "the guest was asleep; wake it up after the load"))
    }
    return hints
  }

  // MARK: Devices

  private var deviceHints: [Remark] {
    var hints: [Remark] = []
    if let bytes = tpmBytes {
      hints.append(
        bytes > 0
          ? Self.hint("tpm", "a TPM emulator's state of \(bytes) bytes is in the stream")
          : Self.hint(
            "tpm-outside",
            "a TPM emulator without its state: swtpm keeps it in storage of its own, which "
              + "the destination must share"))
    } else if has(suffix: "tpm-tis") || has(suffix: "tpm-crb") {
      hints.append(
        Self.hint(
          "tpm-outside", "a TPM whose own state is not in the stream: it is kept by its backend"))
    }
    if blocks.contains(where: { $0.idstr.contains(".flash") }) {
      hints.append(
        Self.hint(
          "pflash",
          "firmware in flash: its variables' file belongs to this state; a snapshot by savevm "
            + "needs a format that holds snapshots, or the drive read-only"))
    }
    if has(suffix: "vfio") {
      hints.append(
        Self.hint(
          "vfio", "assigned devices (vfio): the destination needs equal hardware and drivers"))
    }
    if has(suffix: "kvmclock") {
      hints.append(Self.hint("kvm", "saved under KVM (it has a kvmclock)"))
    }
    if has(suffix: "dirty-bitmap") {
      hints.append(
        Self.hint(
          "dirty-bitmaps",
          "holds dirty bitmaps: the destination needs the capability dirty-bitmaps and disks "
            + "with the same node names"))
    }
    if sections.contains(where: {
      $0.idstr.hasSuffix("/virtio-net") || $0.idstr.hasSuffix("virtio-blk")
    }) {
      hints.append(
        Self.hint(
          "virtio", "'dump --section \"*virtio*\"' shows virtio features and queues by name"))
    }
    return hints
  }

  private func has(suffix name: String) -> Bool {
    sections.contains { $0.idstr == name || $0.idstr.hasSuffix("/" + name) }
  }
}
