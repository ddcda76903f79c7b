import VMState

extension StreamWalk {
  /// Walks single sections, found by the index that the stream's sums carry: nothing before
  /// them is read.
  ///
  /// - Parameters:
  ///   - onlyFull: Sections of memory and disks are passed over; without it one of them among
  ///     those wanted makes the stream be walked as a whole.
  ///   - wanted: Says which sections, by idstr and instance.
  /// - Returns: False if nothing was walked: the stream has no index, or one that does not fit
  ///   it, or the sections need what stands before them.
  /// - Throws: What the visitor throws, and the channel's errors.
  static func walkIndexed<Visitor: PieceVisitor>(
    _ channel: any ByteChannel, _ options: WalkOptions, onlyFull: Bool,
    visitor: inout Visitor, wanted: (_ idstr: String, _ instance: UInt32) -> Bool
  ) throws(VMStateError) -> Bool {
    guard options.origin == 0, channel.origin == 0,
      channel.capabilities.contains(.positioned),
      let found = try DescriptionLocator.find(in: channel, limits: options.limits)
    else { return false }
    let text = try channel.bytes(
      at: found.range.lowerBound + 5, upTo: max(0, found.range.count - 5))
    guard let sums = try? StreamIntegrity.find(in: text, limits: options.limits),
      sums.length == found.range.lowerBound, sums.isOrdered
    else { return false }
    var sections: [SectionSum] = []
    for section in sums.sections where wanted(section.idstr, section.instance) {
      switch try section.kind(in: channel, before: sums.length) {
      case .full: sections.append(section)
      case nil: return false
      default: if !onlyFull { return false }
      }
    }
    guard !sections.isEmpty else { return false }
    var walker = PieceWalker(
      channel, LayoutQueue(own: found.description, options), visitor, options)
    defer { visitor = walker.visitor }
    for section in sections { try walker.walk(section) }
    return true
  }
}

extension StreamIntegrity {
  /// True if the sections lie one behind the other.
  fileprivate var isOrdered: Bool {
    var position: UInt64 = 0
    for section in sections {
      let (last, overflow) = section.offset.addingReportingOverflow(section.length)
      guard section.offset >= position, !overflow else { return false }
      position = last
    }
    return true
  }
}

extension SectionSum {
  /// The kind of the section that stands where the index says; nil if another one does, or
  /// none.
  fileprivate func kind(
    in channel: any ByteChannel, before end: UInt64
  ) throws(VMStateError) -> SectionKind? {
    let (last, overflow) = offset.addingReportingOverflow(length)
    guard !overflow, last <= end else { return nil }
    let head = try channel.bytes(at: offset, upTo: 10 + 255)
    guard let kind = head.first.flatMap(SectionKind.init(rawValue:)) else { return nil }
    guard kind == .full else { return kind == .start || kind == .part || kind == .end ? kind : nil }
    let name = Array(idstr.utf8)
    let instance = withUnsafeBytes(of: instance.bigEndian, Array.init)
    let expected = [UInt8(truncatingIfNeeded: name.count)] + name + instance
    return head.dropFirst(5).starts(with: expected) ? .full : nil
  }

  /// True if the bytes have the sum.
  fileprivate func isWhole(in channel: any ByteChannel) throws(VMStateError) -> Bool {
    var crc = CRC32C()
    var position = offset
    while position < offset + length {
      let bytes = try channel.bytes(
        at: position, upTo: Int(min(offset + length - position, 1 << 18)))
      guard !bytes.isEmpty else { return false }
      bytes.withUnsafeBytes { crc.update($0) }
      position += UInt64(bytes.count)
    }
    return crc.value == self.crc
  }
}

extension PieceWalker {
  /// Walks one FULL section, and says if its bytes are not those that were saved.
  fileprivate mutating func walk(_ section: SectionSum) throws(VMStateError) {
    if try !section.isWhole(in: channel) {
      let error = VMStateError(
        .integrity, "damaged: the CRC-32C is not the one it was saved with",
        path: [section.idstr], offset: section.offset)
      try emit(
        .problem(StreamProblem(error: error, resumes: section.offset)), section.offset,
        section.offset)
    }
    sectionCount += 1
    try channel.seek(to: section.offset)
    var reader = StreamReader(channel, offset: section.offset)
    do throws(VMStateError) {
      _ = try reader.need(1)
      reader.advance(1)
      try walkSection(.full, at: section.offset, &reader)
    } catch {
      if ram.visitorFailed { throw error }
      try emit(
        .problem(StreamProblem(error: error, resumes: nil)), section.offset, section.offset)
    }
  }
}
