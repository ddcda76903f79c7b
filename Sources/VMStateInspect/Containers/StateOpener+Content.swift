import VMState

extension StateOpener {
  private static let streamMagic: [UInt8] = [0x51, 0x45, 0x56, 0x4d]
  private static let multifdMagic: [UInt8] = [0x11, 0x22, 0x33, 0x44]
  private static let cprMagic: [UInt8] = [0x51, 0x43, 0x50, 0x52]
  /// Bytes that hold the configuration section of any real stream.
  private static let longestConfiguration = 64 << 10
  /// How far behind its header a sparse libvirt image is searched for the stream: libvirt
  /// aligns it to what the file system wants, at most a few MiB.
  private static let sparseSearch: UInt64 = 16 << 20

  /// Says what the innermost bytes are.
  mutating func settle(_ head: [UInt8]) throws(VMStateError) {
    if head.starts(with: Self.streamMagic) {
      state.content = .stream
      if try isMappedRAM() {
        state.content = .mappedRAM
        useFilePositions()
      }
    } else if head.starts(with: Self.multifdMagic) {
      state.content = .multifdChannel
    } else if head.starts(with: Self.cprMagic) {
      state.content = .cpr
    }
  }

  /// Looks into the configuration section, without reading it away.
  private func isMappedRAM() throws(VMStateError) -> Bool {
    let bytes = try peek(Self.longestConfiguration)
    guard bytes.count > 9, bytes[8] == SectionKind.configuration.rawValue else { return false }
    return bytes.withUnsafeBytes { all in
      var reader = StreamReader(over: UnsafeRawBufferPointer(rebasing: all[9...]))
      let record = try? ConfigurationRecord(from: &reader)
      return record?.capabilities.contains("mapped-ram") ?? false
    }
  }

  /// The positions in a mapped-ram stream are those of the file that QEMU wrote, also where it
  /// left bytes before the stream to somebody else.
  private mutating func useFilePositions() {
    guard let base = filePosition, base > 0 else { return }
    state.channel = WindowChannel(on: file, from: 0, start: base)
    state.origin = base
  }

  /// Finds the stream that QEMU wrote into the save image itself.
  mutating func findSparseStream(_ header: LibvirtHeader) throws(VMStateError) {
    guard isPositioned else {
      throw VMStateError(
        .unsupported, "a sparse save image can only be read where positions are to be had",
        expected: "a file", found: "a pipe, or data that is compressed as a whole")
    }
    let wanted = Self.streamMagic + [0, 0, 0, 3]
    var first: UInt64 = 0
    while first < Self.sparseSearch {
      let bytes = try state.channel.bytes(at: first, upTo: 1 << 16)
      if let place = Self.index(of: wanted, in: bytes) {
        try skip(first + UInt64(place), "the padding")
        return
      }
      guard bytes.count == 1 << 16 else { break }
      first += UInt64(bytes.count - wanted.count + 1)
    }
    throw VMStateError(
      .badContainer, "no stream behind the header", offset: header.streamOffset,
      expected: "\"QEVM\" within \(Self.sparseSearch) bytes", found: "other bytes")
  }

  private static func index(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= wanted.count else { return nil }
    return (0...bytes.count - wanted.count).first { start in
      bytes[start] == wanted[0] && bytes[start...].starts(with: wanted)
    }
  }
}
