/// Packs the pages of one channel's packets; its history lives as long as the channel.
///
/// QEMU: migration/multifd-zlib.c, migration/multifd-zstd.c.
struct MultifdEncoder: ~Copyable {
  /// The most that a receiver takes for one packet.
  static let maximumPayload = 1 << 20

  private enum Coder {
    case zlib(ZlibDeflater)
    case zstd(ZstdEncoder)
  }

  private let coder: Coder
  private let output: UnsafeMutableRawBufferPointer
  // A page as it is packed: the guest may write into its own meanwhile.
  private let page: UnsafeMutableRawBufferPointer
  private var produced = 0

  /// - Throws: `unsupported` for a method that cannot be written here or whose library is not
  ///   installed; `valueOutOfRange` for a level that does not exist.
  init?(_ options: MultifdOptions, pageSize: Int) throws(VMStateError) {
    switch options.compression {
    case .none: return nil
    case .zlib: coder = .zlib(try ZlibDeflater(.zlib, level: options.level))
    case .zstd: coder = .zstd(try ZstdEncoder(level: options.level))
    default:
      throw VMStateError(
        .unsupported, "multifd compression \(options.compression.name) cannot be written",
        expected: "none, zlib or zstd")
    }
    output = .allocate(byteCount: Self.maximumPayload, alignment: 64)
    page = .allocate(byteCount: pageSize, alignment: 64)
  }

  deinit {
    output.deallocate()
    page.deallocate()
  }

  /// Packs the pages at some offsets, and flushes after the last one.
  ///
  /// - Returns: The payload; valid until the next call.
  /// - Throws: `limitExceeded` if the library fails or the payload would be too long.
  mutating func encode(
    _ offsets: UnsafeBufferPointer<UInt64>, of base: UnsafeRawPointer
  ) throws(VMStateError) -> UnsafeRawBufferPointer {
    produced = 0
    for (index, offset) in offsets.enumerated() {
      page.copyMemory(
        from: UnsafeRawBufferPointer(start: base + Int(offset), count: page.count))
      try put(isLast: index == offsets.count - 1)
    }
    return UnsafeRawBufferPointer(rebasing: output[..<produced])
  }

  private mutating func put(isLast: Bool) throws(VMStateError) {
    var rest = UnsafeRawBufferPointer(page)
    while true {
      let room = UnsafeMutableRawBufferPointer(rebasing: output[produced...])
      let flush: CodingFlush = isLast ? .sync : .none
      let step: CodingProgress
      switch coder {
      case .zlib(let zlib): step = try zlib.process(rest, into: room, flush: flush)
      case .zstd(let zstd): step = try zstd.process(rest, into: room, flush: flush)
      }
      produced += step.produced
      rest = UnsafeRawBufferPointer(rebasing: rest[step.consumed...])
      if step.isFinished { return }
      guard step.consumed + step.produced > 0 else {
        throw VMStateError(
          .limitExceeded, "the pages of a multifd packet do not fit into one",
          expected: "at most \(Self.maximumPayload) bytes")
      }
    }
  }
}
