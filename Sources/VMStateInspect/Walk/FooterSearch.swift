import VMState

extension PieceWalker {
  /// Where the footer of a section stands at or behind an offset: a byte `7e` with the
  /// section's id, followed by something that can stand behind a footer.
  ///
  /// - Returns: nil if there is none within the limit, or the stream has no footers.
  mutating func nextFooter(
    _ header: SectionHeader, from first: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) -> UInt64? {
    guard isPositioned else { return try nearFooter(header, &reader) }
    var window = [UInt8](repeating: 0, count: 1 << 16)
    var base = first
    let last = first + UInt64(options.limits.fieldBytes)
    while base < last {
      let count = try channel.readFully(into: &window, at: base)
      let bytes = window[..<count]
      for index in bytes.indices
      where Self.isFooter(bytes[index...], header.sectionID, live, isEnd: count < window.count) {
        return base + UInt64(index)
      }
      guard count == window.count else { return nil }
      // What follows a footer must be in view too.
      base += UInt64(count - Self.lookAhead)
    }
    return nil
  }

  /// The same in what the reader's buffer can show, where the channel has no positions.
  private func nearFooter(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) -> UInt64? {
    guard reader.error == nil else { return nil }
    let bytes = Array(try reader.peek(StreamReader.bufferSize))
    let isEnd = bytes.count < StreamReader.bufferSize
    let index = bytes.indices.first {
      Self.isFooter(bytes[$0...], header.sectionID, live, isEnd: isEnd)
    }
    return index.map { reader.position + UInt64($0) }
  }

  private static var lookAhead: Int { 5 + 1 + 4 + 1 + 255 + 8 }

  private static func isFooter(
    _ bytes: ArraySlice<UInt8>, _ id: UInt32, _ live: [UInt32: SectionHeader], isEnd: Bool
  ) -> Bool {
    guard bytes.first == SectionKind.footer.rawValue, bytes.count >= 5,
      bytes.dropFirst().prefix(4).reduce(0, { $0 << 8 | UInt32($1) }) == id
    else { return false }
    return canFollow(bytes.dropFirst(5), live, isEnd: isEnd)
  }

  /// True if the bytes can be the beginning of a section, a command, or the end.
  private static func canFollow(
    _ bytes: ArraySlice<UInt8>, _ live: [UInt32: SectionHeader], isEnd: Bool
  ) -> Bool {
    guard let byte = bytes.first else { return isEnd }
    let rest = bytes.dropFirst()
    switch SectionKind(rawValue: byte) {
    case .endOfFile: return rest.first == nil || rest.first == SectionKind.description.rawValue
    case .part, .end:
      return rest.count >= 4 && live[rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }] != nil
    case .command: return rest.count >= 4 && rest.first == 0
    case .start, .full:
      let name = rest.dropFirst(4)
      guard let count = name.first, count > 0, name.count > Int(count) + 8 else { return false }
      return name.dropFirst().prefix(Int(count)).allSatisfy { (0x20..<0x7f).contains($0) }
    default: return false
    }
  }
}

extension ByteChannel {
  /// Reads at a position until the array is full or the data ends; returns how many bytes.
  func readFully(into bytes: inout [UInt8], at position: UInt64) throws(VMStateError) -> Int {
    var done = 0
    while done < bytes.count {
      var failure: VMStateError?
      let got = bytes.withUnsafeMutableBytes { target -> Int in
        do throws(VMStateError) {
          return try read(
            into: UnsafeMutableRawBufferPointer(rebasing: target[done...]),
            at: position + UInt64(done))
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      guard got > 0 else { break }
      done += got
    }
    return done
  }
}
