import VMState

/// Reads a stream once and compares it with its sums, section by section.
struct IntegrityCheck: ~Copyable {
  private let channel: any ByteChannel
  private let sums: StreamIntegrity
  // Bytes up to the end of the sections, as they are now.
  private let end: UInt64
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  private var crc = CRC32C()
  private var sha: SHA256?
  private var position: UInt64 = 0
  private var damage: [IntegrityReport.Damage] = []
  private var further = 0
  private var covered: [Range<UInt64>] = []

  init(_ channel: any ByteChannel, _ sums: StreamIntegrity, end: UInt64) {
    self.channel = channel
    self.sums = sums
    self.end = end
    sha = sums.sha256 == nil ? nil : SHA256()
  }

  deinit { buffer.deallocate() }

  mutating func run() throws(VMStateError) -> ([IntegrityReport.Damage], Int) {
    if sums.length != end { noteLength() }
    for section in sums.sections {
      let (last, overflow) = section.offset.addingReportingOverflow(section.length)
      // Sections lie one behind the other; an index that says otherwise is not gone by.
      guard !overflow, section.offset >= position, last <= end else { continue }
      covered.append(section.offset..<last)
      try read(upTo: section.offset)
      let before = crc
      try read(upTo: last)
      note(section, crc.part(since: before, count: section.length))
    }
    try read(upTo: end)
    noteWhole()
    return (damage, further)
  }

  private mutating func read(upTo last: UInt64) throws(VMStateError) {
    while position < last {
      let wanted = Int(min(last - position, UInt64(buffer.count)))
      let count = try channel.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: position)
      guard count > 0 else {
        throw VMStateError(
          .endOfStream, "the stream ends while its sums are compared", offset: position,
          expected: "\(last - position) more bytes", found: "end of data")
      }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      crc.update(bytes)
      sha?.update(bytes)
      position += UInt64(count)
    }
  }

  // MARK: Findings

  private mutating func note(_ section: SectionSum, _ found: CRC32C) {
    guard found.value != section.crc else { return }
    let range = section.offset..<section.offset + section.length
    add(
      SummaryCollector.name(section.idstr, section.instance), range, "CRC-32C",
      CRC32C.text(section.crc), CRC32C.text(found.value),
      ChangedByte.find(found.value ^ section.crc, in: range))
  }

  private mutating func noteLength() {
    add(
      nil, 0..<end, "length up to the end of the sections", "\(sums.length) bytes", "\(end) bytes",
      nil)
  }

  /// What no section's sum has shown: bytes between the sections, or bytes that were changed
  /// with care.
  private mutating func noteWhole() {
    guard damage.isEmpty else { return }
    if crc.value != sums.crc {
      let sections = covered
      let byte = ChangedByte.find(crc.value ^ sums.crc, in: 0..<end) { offset in
        !sections.contains { $0.contains(offset) }
      }
      add(nil, 0..<end, "CRC-32C", CRC32C.text(sums.crc), CRC32C.text(crc.value), byte)
    } else if let expected = sums.sha256, let found = sha?.text, expected != found {
      add(nil, 0..<end, "SHA-256", expected, found, nil)
    }
  }

  private mutating func add(
    _ section: String?, _ range: Range<UInt64>, _ what: String, _ expected: String,
    _ found: String, _ byte: ChangedByte?
  ) {
    guard damage.count < IntegrityReport.mostDamage else {
      further += 1
      return
    }
    let error = VMStateError(
      .integrity, "damaged: the \(what) is not the one it was saved with",
      path: section.map { [$0] } ?? [], offset: range.lowerBound, expected: expected,
      found: found)
    damage.append(IntegrityReport.Damage(section: section, range: range, error: error))
    guard let byte, let now = try? channel.bytes(at: byte.offset, upTo: 1).first else { return }
    damage[damage.count - 1].changed = (byte, now)
  }
}
