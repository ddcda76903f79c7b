import VMState

/// The file of one multifd channel, read packet by packet.
///
/// QEMU: migration/multifd.c, migration/multifd-zlib.c, migration/multifd-zstd.c.
final class MultifdSource {
  private typealias Decode =
    (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) throws(VMStateError) ->
    CodingProgress

  private var reader: StreamReader
  private let number: Int
  /// The channel's id in its first packet.
  let id: UInt8
  /// An error came up: what follows is not read.
  var hasFailed = false
  // Lives as long as the channel: packets share its history.
  private var decode: Decode?
  private var page: [UInt8] = []
  // Pages of a packet are 512 KiB; compressed ones may be a little longer.
  private static let longestPayload = 4 << 20

  init(_ channel: any ByteChannel, number: Int) throws(VMStateError) {
    guard number <= 255 else {
      throw VMStateError(.limitExceeded, "more than 255 multifd channels")
    }
    self.number = number
    reader = StreamReader(channel)
    id = try MultifdInit(from: &reader).channel
  }

  /// Hands on the pages up to the next point of synchronisation, or all that are left.
  func drain(
    _ blocks: [MemoryBlock], _ index: [[UInt8]: Int], _ target: some PageTarget, toEnd: Bool
  ) throws(VMStateError) {
    let size = blocks.first.flatMap { TargetPageSize($0.pageSize) } ?? .standard
    guard size.bytes <= 512 << 10 else {
      throw VMStateError(.unsupported, "a page larger than a multifd packet")
    }
    while let packet = try MultifdPacket.next(from: &reader, pageSize: size) {
      guard case .pages(let pages) = packet else {
        try reader.skip(UInt64(packet.payloadLength))
        continue
      }
      try take(pages, blocks, index, target)
      if pages.isSynchronisation, !toEnd { return }
    }
  }

  private func take(
    _ packet: MultifdPagePacket, _ blocks: [MemoryBlock], _ index: [[UInt8]: Int],
    _ target: some PageTarget
  ) throws(VMStateError) {
    guard packet.normalPages > 0 || packet.zeroPages > 0 else { return }
    guard let block = index[packet.blockName] else {
      throw VMStateError(
        .unknownRAMBlock, "Unknown ramblock \"\(packet.idstr)\"", offset: reader.position)
    }
    try readPages(packet, block, blocks[block], target)
    for offset in packet.zeroOffsets {
      try target.setZero(block, try number(of: offset, blocks[block]))
    }
  }

  private func number(
    of offset: UInt64, _ block: MemoryBlock
  ) throws(VMStateError) -> Int {
    guard offset < block.length, offset % UInt64(block.pageSize) == 0 else {
      throw VMStateError(
        .ramOffset, "a page beyond its block", offset: reader.position,
        expected: "below \(block.length)", found: "\(offset)"
      ).within(block.idstr)
    }
    return Int(offset / UInt64(block.pageSize))
  }

  private func readPages(
    _ packet: MultifdPagePacket, _ block: Int, _ shape: MemoryBlock, _ target: some PageTarget
  ) throws(VMStateError) {
    guard packet.normalPages > 0 else { return }
    if page.count != shape.pageSize { page = [UInt8](repeating: 0, count: shape.pageSize) }
    switch packet.flags.method {
    case MultifdCompression.none?: try readPlain(packet, block, shape, target)
    case .zlib?:
      if decode == nil { decode = Self.decode(with: try ZlibInflater(.zlib)) }
      try readCompressed(packet, block, shape, target)
    case .zstd?:
      if decode == nil { decode = Self.decode(with: try ZstdDecoder()) }
      try readCompressed(packet, block, shape, target)
    default:
      throw VMStateError(
        .unsupported, "a multifd packet compressed by hardware", offset: reader.position)
    }
  }

  private static func decode(with inflater: ZlibInflater) -> Decode {
    { input, output throws(VMStateError) in try inflater.process(input, into: output) }
  }

  private static func decode(with decoder: ZstdDecoder) -> Decode {
    { input, output throws(VMStateError) in try decoder.process(input, into: output) }
  }

  private func readPlain(
    _ packet: MultifdPagePacket, _ block: Int, _ shape: MemoryBlock, _ target: some PageTarget
  ) throws(VMStateError) {
    let source = number
    for offset in packet.normalOffsets {
      let page = try number(of: offset, shape)
      let position = reader.position
      try reader.withBytes(shape.pageSize) { bytes throws(VMStateError) in
        try target.setPages(
          block, page, PlacedBytes(bytes: bytes, source: source, position: position))
      }
    }
  }

  private func readCompressed(
    _ packet: MultifdPagePacket, _ block: Int, _ shape: MemoryBlock, _ target: some PageTarget
  ) throws(VMStateError) {
    let start = reader.position
    let payload = try reader.getBytes(packet.payloadLength, limit: Self.longestPayload)
    var taken = 0
    for offset in packet.normalOffsets {
      let number = try number(of: offset, shape)
      try decodePage(payload, &taken, at: start)
      try page.visit { bytes throws(VMStateError) in
        try target.setPages(
          block, number, PlacedBytes(bytes: bytes, source: self.number, position: nil))
      }
    }
  }

  /// Decodes one page.
  private func decodePage(
    _ payload: [UInt8], _ taken: inout Int, at start: UInt64
  ) throws(VMStateError) {
    guard let decode else { return }
    var made = 0
    while made < page.count {
      var step: Result<CodingProgress, VMStateError> = .failure(VMStateError(.badCompression, ""))
      page.withUnsafeMutableBytes { output in
        payload.withUnsafeBytes { input in
          do throws(VMStateError) {
            step = .success(
              try decode(
                UnsafeRawBufferPointer(rebasing: input[taken...]),
                UnsafeMutableRawBufferPointer(rebasing: output[made...])))
          } catch {
            step = .failure(error)
          }
        }
      }
      let progress = try step.get()
      taken += progress.consumed
      made += progress.produced
      guard progress.consumed + progress.produced > 0 else {
        throw VMStateError(
          .badCompression, "a multifd packet gives too few pages", offset: start)
      }
    }
  }
}
