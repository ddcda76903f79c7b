import VMState

/// The configuration section against the destination's machine and options.
///
/// QEMU: `vmstate_configuration`, migration/savevm.c.
struct ConfigurationReader {
  var run: DryRun
  private static let path = ["configuration"]
  private var name: [UInt8] = []
  private var bits: UInt32 = 12
  private var received: Set<String> = []
  private var start: UInt64 = 0

  init(run: DryRun) { self.run = run }

  mutating func read() throws(DryRun.Halt) {
    start = run.cursor.position
    let length = try integer()
    guard length <= 1 << 16 else {
      run.refuse(
        .configuration, Self.path, "the machine type's name has an impossible length", at: start,
        found: "\(length) bytes", advice: "the stream is damaged", words: [])
      throw .stopped
    }
    name = try run.reading(Self.path, words: ["Failed to load configuration:name"]) {
      cursor throws(VMStateError) in try cursor.bytes(Int(length))
    }
    while try readSubsection() {}
    judge()
  }

  private mutating func integer() throws(DryRun.Halt) -> UInt32 {
    try run.reading(Self.path) { cursor throws(VMStateError) in try cursor.integer() }
  }

  // MARK: Subsections

  private mutating func readSubsection() throws(DryRun.Halt) -> Bool {
    let own = "configuration"
    let offset = run.cursor.position
    let found = try run.reading(Self.path) { cursor throws(VMStateError) -> String? in
      guard try cursor.peek() == SectionKind.subsection.rawValue,
        let length = try cursor.peek(1), Int(length) > own.utf8.count
      else { return nil }
      let start = cursor.position
      cursor.position += 1
      let name = try cursor.countedBytes()
      guard name.starts(with: own.utf8) else {
        cursor.position = start
        return nil
      }
      return String(decoding: name, as: UTF8.self)
    }
    guard let found else { return false }
    let version = try integer() & 0xFF
    switch found {
    case "configuration/target-page-bits", "configuration/capabilities", "configuration/uuid":
      try readBody(found, version, offset)
    default:
      run.refuse(
        .configuration, Self.path + [found], "the destination has no such subsection", at: offset,
        advice: "use the source's QEMU", words: ["No such file or directory"])
      throw .stopped
    }
    return true
  }

  private mutating func readBody(
    _ found: String, _ version: UInt32, _ offset: UInt64
  ) throws(DryRun.Halt) {
    if version != 1 {
      let isNew = version > 1
      run.refuse(
        isNew ? .versionTooNew : .versionTooOld, Self.path + [found],
        "the subsection has another version", at: offset, expected: "1", found: "\(version)",
        advice: "use the source's QEMU",
        words: ["\(found): incoming version_id \(version) is too \(isNew ? "new" : "old")"])
      throw .stopped
    }
    switch found {
    case "configuration/target-page-bits": bits = try integer()
    case "configuration/uuid": try readUUID(offset)
    default: try readCapabilities()
    }
  }

  private mutating func readCapabilities() throws(DryRun.Halt) {
    for _ in 0..<(try integer()) {
      let offset = run.cursor.position
      let bytes = try run.reading(Self.path) { cursor throws(VMStateError) in
        try cursor.countedBytes()
      }
      let name = String(decoding: bytes, as: UTF8.self)
      switch KnownCapabilities.isKnown(name, run.target.release) {
      case true?: received.insert(name)
      case nil where run.target.has(name) != false:
        received.insert(name)
        run.doubt(
          Self.path + [name], "whether the destination knows this capability",
          supply: "--qemu VERSION")
      case let known:
        received.insert(name)
        refuseCapability(name, isOff: known == nil, offset)
      }
    }
  }

  /// A capability that the destination does not know, or knows and has off.
  private mutating func refuseCapability(
    _ name: String, isOff: Bool, _ offset: UInt64
  ) {
    var words = ["Received unknown capability \(name)", "Received unknown capability '\(name)'"]
    if isOff { words.append("Capability \(name) is off, but received capability is on") }
    run.refuse(
      .capability, Self.path + [name],
      isOff
        ? "the destination does not know this capability, or has it off"
        : "the destination does not know this capability",
      at: offset, found: name, advice: "save without it", words: words)
  }

  private mutating func readUUID(_ offset: UInt64) throws(DryRun.Halt) {
    let uuid = try run.reading(Self.path) { cursor throws(VMStateError) in
      MachineUUID(high: try cursor.integer(), low: try cursor.integer())
    }
    guard let local = run.target.uuid else {
      run.doubt(
        Self.path + ["uuid"], "the destination's UUID; the stream's is \(uuid)",
        supply: "--uuid UUID, empty for none")
      return
    }
    guard !local.isEmpty, local.lowercased() != "\(uuid)".lowercased() else { return }
    run.refuse(
      .uuid, Self.path + ["uuid"], "the destination has another UUID", at: offset,
      expected: local, found: "\(uuid)", advice: "start the destination with -uuid \(uuid)",
      words: ["UUID received is \(uuid) and local is \(local)"])
  }

  // MARK: What is compared at the end

  private mutating func judge() {
    run.memory.hasRegionOffsets = received.contains("x-ignore-shared")
    run.memory.isMapped = received.contains("mapped-ram")
    judgeMachine()
    if bits != run.target.pageSize.trailingZeroBitCount {
      let local = run.target.pageSize.trailingZeroBitCount
      run.refuse(
        .pageSize, Self.path, "the guest's pages have another size", at: start,
        expected: "\(local) bits", found: "\(bits) bits", advice: "use the source's machine type",
        words: ["Received TARGET_PAGE_BITS is \(bits) but local is \(local)"])
    }
    judgeCapabilities()
  }

  private mutating func judgeMachine() {
    let text = String(decoding: name, as: UTF8.self)
    guard let machine = run.target.machine else {
      run.doubt(Self.path, "the destination's machine type", supply: "--machine NAME")
      return
    }
    guard Self.agree(name, Array(machine.utf8)) else {
      run.refuse(
        .machine, Self.path, "the destination is another machine type", at: start,
        expected: machine, found: text, advice: advice(text, machine),
        words: ["Machine type received is '\(text)' and local is '\(machine)'"])
      return
    }
    if text != machine {
      run.lose(
        .machine, Self.path,
        "the stream names the machine type '\(text)', the destination is '\(machine)': accepted, "
          + "since only the received letters are compared", isShown: false)
    }
  }

  /// A release has no machine types of later ones.
  private func advice(_ received: String, _ local: String) -> String {
    if let last = received.split(separator: "-").last, let named = QEMURelease(String(last)),
      run.target.release.isAtLeast(named) == false
    {
      return "no QEMU before \(named) has \(received): start the source with -machine \(local), "
        + "or use QEMU \(named) or later at the destination"
    }
    return "start the destination with -machine \(received)"
  }

  /// As C compares the first `received.count` letters.
  private static func agree(_ received: [UInt8], _ local: [UInt8]) -> Bool {
    for (index, byte) in received.enumerated() {
      let ours = index < local.count ? local[index] : 0
      if byte != ours { return false }
      if byte == 0 { return true }
    }
    return true
  }

  private mutating func judgeCapabilities() {
    let refused = run.report.blockers.map(\.path)
    for name in KnownCapabilities.compared(run.target.release)
    where !refused.contains(Self.path + [name]) {
      let isOn = received.contains(name)
      guard let local = run.target.has(name) else {
        run.doubt(
          Self.path + [name], "whether the destination has this capability",
          supply: "--capability NAME, or --capability NAME=off")
        continue
      }
      guard local != isOn else { continue }
      let words = [local, isOn].map { $0 ? "on" : "off" }
      run.refuse(
        .capability, Self.path + [name], "source and destination have to agree about it",
        at: start, expected: words[0], found: words[1],
        advice: "switch the capability \(words[1]) at the destination",
        words: ["Capability \(name) is \(words[0]), but received capability is \(words[1])"])
    }
  }
}
