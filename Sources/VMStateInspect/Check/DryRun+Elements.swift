import VMState

extension DryRun {
  /// A report that nobody would read to its end ends the run.
  static let mostItems = 4096

  /// Sections and commands up to the EOF byte.
  ///
  /// QEMU: `qemu_loadvm_state_main`, migration/savevm.c.
  mutating func readElements() throws(Halt) {
    while true {
      elements += 1
      guard elements < Limits().sections, report.size < Self.mostItems else { throw .stopped }
      let offset = cursor.position
      let byte = try reading(["section header"]) { cursor throws(VMStateError) in
        try cursor.byte()
      }
      switch SectionKind(rawValue: byte) {
      case .endOfFile: return noteDropped(at: offset)
      case .start?: try readSection(.start, at: offset)
      case .full?: try readSection(.full, at: offset)
      case .part?: try readContinuation(.part, at: offset)
      case .end?: try readContinuation(.end, at: offset)
      case .command?: if try readCommand(at: offset) { return }
      default:
        refuse(
          .sectionType, ["section header"], "no section or command begins like this", at: offset,
          expected: "0 to 4, or 8", found: "\(byte)",
          advice: "the stream is damaged here, or the section before has another length",
          words: ["Unknown savevm section type \(byte)"])
        try goOn(from: offset + 1)
      }
    }
  }

  /// An EOF byte before the sections that the source's description names.
  private mutating func noteDropped(at offset: UInt64) {
    let left = sourceLayouts.values.reduce(0) { $0 + $1.count }
    guard left > 0, nextIsSection() else { return }
    lose(
      .dropped, ["EOF byte"],
      "a zero byte at \(offset) ends the load: \(left) described sections after it are dropped "
        + "without a word", isShown: false)
  }

  private mutating func nextIsSection() -> Bool {
    let next = (try? cursor.peek()) ?? nil
    return next.flatMap(SectionKind.init) != .description && next != nil
  }

  /// Behind something that cannot be understood: on to the next header that the source's
  /// description names.
  mutating func goOn(from start: UInt64) throws(Halt) {
    let names = Set(sourceLayouts.filter { !$0.value.isEmpty }.keys)
    guard !names.isEmpty else { throw .stopped }
    cursor.position = start
    for _ in 0..<(1 << 22) {
      do throws(VMStateError) {
        guard let byte = try cursor.peek() else { break }
        if byte == SectionKind.full.rawValue, try isHeader(in: names) { return }
      } catch {
        throw .channel(error)
      }
      cursor.position += 1
    }
    throw .stopped
  }

  private mutating func isHeader(in names: Set<String>) throws(VMStateError) -> Bool {
    guard let length = try cursor.peek(5), length > 0 else { return false }
    var bytes: [UInt8] = []
    var instance: UInt32 = 0
    for ahead in 0..<UInt64(length) {
      guard let byte = try cursor.peek(6 + ahead) else { return false }
      bytes.append(byte)
    }
    for ahead in 0..<UInt64(4) {
      guard let byte = try cursor.peek(6 + UInt64(length) + ahead) else { return false }
      instance = instance << 8 | UInt32(byte)
    }
    return names.contains("\(instance)/\(String(decoding: bytes, as: UTF8.self))")
  }
}
