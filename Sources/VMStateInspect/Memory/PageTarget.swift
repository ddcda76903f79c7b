import VMState

/// Bytes of a page with the place where they can be read again.
struct PlacedBytes {
  /// The bytes, valid for the time of the call.
  var bytes: UnsafeRawBufferPointer
  /// 0 for the stream, 1 and more for the channels.
  var source: Int
  /// Position in the source; nil if nothing stands there as it is.
  var position: UInt64?
  /// The bytes stand at their fixed place of a mapped-ram file.
  var isMapped = false
}

/// Takes the pages of a stream in the order in which they were sent.
protocol PageTarget: AnyObject {
  /// The machine's type is known.
  func setMachine(_ type: String)
  /// The block list. It may come again, longer by the next block of a mapped-ram file.
  func setBlocks(_ blocks: [MemoryBlock]) throws(VMStateError)
  /// A page is zeros.
  func setZero(_ block: Int, _ page: Int) throws(VMStateError)
  /// Pages that lie side by side have these bytes.
  func setPages(_ block: Int, _ page: Int, _ content: PlacedBytes) throws(VMStateError)
  /// A page is compressed: be32 length and zlib data.
  func setCompressed(_ block: Int, _ page: Int, _ content: PlacedBytes) throws(VMStateError)
  /// A page changes, starting from its present content.
  func change(
    _ block: Int, _ page: Int,
    _ body: (UnsafeMutableRawBufferPointer) throws(VMStateError) -> Void
  ) throws(VMStateError)
  /// Pages are forgotten: the sender sends them again.
  func discard(_ block: Int, _ pages: Range<Int>) throws(VMStateError)
}

extension PageTarget {
  /// Decodes a compressed page's payload.
  func inflate(
    _ payload: UnsafeRawBufferPointer, into page: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    guard payload.count > CompressedPageRecord.headerLength else {
      throw VMStateError(.badRAMRecord, "a compressed page without data")
    }
    try CompressionFormat.zlib.decode(
      UnsafeRawBufferPointer(rebasing: payload[CompressedPageRecord.headerLength...]),
      filling: page)
  }
}
