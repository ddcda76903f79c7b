/// Unpacks the pages of one channel's packets; its history lives as long as the channel.
///
/// QEMU: migration/multifd-zlib.c, migration/multifd-zstd.c.
struct MultifdDecoder: ~Copyable {
  /// The most that is taken for one packet.
  static let maximumPayload = 1 << 20

  private let decoder: any StreamDecoder
  private let input: UnsafeMutableRawBufferPointer
  private var taken = 0
  private var length = 0

  /// - Throws: `unsupported` for a method that cannot be read here or whose library is not
  ///   installed.
  init?(_ method: MultifdCompression) throws(VMStateError) {
    switch method {
    case .none: return nil
    case .zlib: decoder = try ZlibInflater(.zlib)
    case .zstd: decoder = try ZstdDecoder()
    default:
      throw VMStateError(
        .unsupported, "multifd compression \(method.name) cannot be read",
        expected: "none, zlib or zstd")
    }
    input = .allocate(byteCount: Self.maximumPayload, alignment: 64)
  }

  deinit { input.deallocate() }

  /// Takes up a packet's payload.
  ///
  /// - Throws: `badPacket` if it is too long, `endOfStream`, or the channel's error.
  mutating func take(
    _ count: Int, from reader: inout StreamReader
  ) throws(VMStateError) {
    guard count <= input.count, let start = input.baseAddress else {
      throw VMStateError(
        .badPacket, "the payload of a multifd packet is too long", offset: reader.position,
        expected: "at most \(input.count) bytes", found: "\(count)")
    }
    try reader.read(into: start, count: count)
    (taken, length) = (0, count)
  }

  /// Unpacks the next page.
  ///
  /// - Throws: `badCompression` if the payload does not hold it.
  mutating func decode(into page: UnsafeMutableRawBufferPointer) throws(VMStateError) {
    var done = 0
    while done < page.count {
      let step = try self.step(UnsafeMutableRawBufferPointer(rebasing: page[done...]))
      done += step.produced
      guard step.consumed + step.produced > 0 else {
        throw VMStateError(
          .badCompression, "the payload of a multifd packet holds fewer pages than it says")
      }
    }
  }

  /// Takes the rest of the payload, which may hold no more pages: the marks of a flush.
  ///
  /// - Throws: `badCompression` if a page's bytes are there.
  mutating func finish() throws(VMStateError) {
    try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { spare throws(VMStateError) in
      while taken < length {
        let step = try self.step(spare)
        guard step.produced == 0, step.consumed > 0 else {
          throw VMStateError(
            .badCompression, "the payload of a multifd packet holds more than its pages")
        }
      }
    }
  }

  private mutating func step(
    _ output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress {
    let step = try decoder.process(
      UnsafeRawBufferPointer(rebasing: input[taken..<length]), into: output)
    taken += step.consumed
    return step
  }
}
