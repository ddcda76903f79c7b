/// Writes batches of pages to their places, over one more descriptor of the file.
///
/// QEMU: `multifd_nocomp_send_prepare`, `file_write_ramblock_iov`, migration.
final class MappedRAMBatchWriter: MultifdBatchWriter {
  let channel: any ByteChannel
  private let places: MappedRAMPlaces
  private let findsZeroPages: Bool
  private let pageSize: TargetPageSize
  private let counters: TransferCounters
  private let bounce: AlignedBuffer

  init(
    _ channel: any ByteChannel, _ places: MappedRAMPlaces, findsZeroPages: Bool,
    pageSize: TargetPageSize, counters: TransferCounters
  ) {
    (self.channel, self.places, self.findsZeroPages) = (channel, places, findsZeroPages)
    (self.pageSize, self.counters) = (pageSize, counters)
    bounce = AlignedBuffer(alignment: channel.alignment)
  }

  func open() throws(VMStateError) -> MultifdSent { MultifdSent() }

  /// The save's own thread waits for all channels; nothing stands in the file for it.
  func synchronise() throws(VMStateError) -> MultifdSent { MultifdSent() }

  func send(_ state: MultifdDeviceState) throws(VMStateError) -> MultifdSent {
    throw VMStateError(.unsupported, "the state of a device has no place in a mapped-ram file")
  }

  func send(_ batch: inout MultifdBatch) throws(VMStateError) -> MultifdSent {
    guard let base = batch.base else { return MultifdSent() }
    let bits = UInt64(pageSize.bits)
    var sent = MultifdSent()
    // What is to be written next: pages that follow each other.
    var (start, length): (UInt64, UInt64) = (0, 0)
    var index = 0
    while index < batch.count {
      let count = batch.run(from: index, pageBits: bits)
      let offset = batch.offsets[index]
      let first = Int(offset >> bits)
      var content = UInt64.max &>> UInt64(64 &- count)
      if findsZeroPages {
        content = ZeroPage.content(base + Int(offset), pageSize: pageSize.bytes, count: count)
      }
      // A page counts as held before it is written: the bitmap is read after all of them.
      places.note(batch.block, first, count: count, content: content)
      sent.normal += content.nonzeroBitCount
      sent.zero += count - content.nonzeroBitCount
      for page in 0..<count where content >> UInt64(page) & 1 != 0 {
        let place = offset + UInt64(page) << bits
        if length > 0, start + length == place {
          length += 1 << bits
        } else {
          try write(base, start, length, batch.block)
          (start, length) = (place, 1 << bits)
        }
      }
      index += count
    }
    try write(base, start, length, batch.block)
    sent.bytes = UInt64(sent.normal) << bits
    counters.add(sent.normal << pageSize.bits)
    return sent
  }

  private func write(
    _ base: UnsafeRawPointer, _ offset: UInt64, _ length: UInt64, _ block: Int
  ) throws(VMStateError) {
    guard length > 0 else { return }
    let bytes = bounce.aligned(
      UnsafeRawBufferPointer(start: base + Int(offset), count: Int(length)))
    try channel.writeFully(
      bytes, at: places.places[block].block.header.pagesOffset + offset)
  }
}

/// Room for bytes whose own address does not suit direct I/O.
final class AlignedBuffer {
  private let alignment: Int
  private var storage: UnsafeMutableRawBufferPointer?

  init(alignment: Int) { self.alignment = alignment }

  deinit { storage?.deallocate() }

  /// True if a transfer can use an address as it is.
  func suits(_ address: UnsafeRawPointer?) -> Bool {
    UInt(bitPattern: address) % UInt(alignment) == 0
  }

  /// The bytes where they are, or a copy of them that is valid until the next one.
  func aligned(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard !suits(bytes.baseAddress) else { return bytes }
    let room = room(bytes.count)
    room.copyMemory(from: bytes)
    return UnsafeRawBufferPointer(room)
  }

  /// Aligned room.
  func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if let storage, storage.count >= count {
      return UnsafeMutableRawBufferPointer(rebasing: storage[..<count])
    }
    storage?.deallocate()
    let made = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: alignment)
    storage = made
    return made
  }
}
