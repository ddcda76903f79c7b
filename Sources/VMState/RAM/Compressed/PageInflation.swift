/// Decodes compressed pages of a load with several threads.
///
/// Two records for the same page are never under way at the same time, so the later one counts.
/// The error that is told is the first one of the stream, whichever thread found which.
///
/// QEMU (to 9.0): `decompress_data_with_multi_threads`, migration/ram-compress.c.
final class PageInflation {
  /// One page under way. It belongs to the thread that has its job.
  private struct Slot {
    let input: UnsafeMutableRawBufferPointer
    var length = 0
    var page = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    var position: UInt64 = 0
    var isUsed = false
    var failure: VMStateError?
    var idstr = ""
  }

  private final class Slots: @unchecked Sendable {
    let inflaters: [PageInflater]
    let slots: UnsafeMutableBufferPointer<Slot>

    init(_ inflaters: [PageInflater], _ count: Int, _ bound: Int) {
      self.inflaters = inflaters
      slots = .allocate(capacity: count)
      for index in 0..<count {
        slots.initializeElement(
          at: index, to: Slot(input: .allocate(byteCount: bound, alignment: 64)))
      }
    }

    deinit {
      for slot in slots { slot.input.deallocate() }
      slots.deinitialize()
      slots.deallocate()
    }

    func inflate(_ index: Int, with inflater: Int) {
      let slot = slots[index]
      do throws(VMStateError) {
        try inflaters[inflater].inflate(
          UnsafeRawBufferPointer(rebasing: slot.input[..<slot.length]), into: slot.page,
          at: slot.position)
      } catch {
        slots[index].failure = error.within(slot.idstr)
      }
    }
  }

  private let slots: Slots
  private let threads: JobThreads
  private var free: [Int]
  private var underWay = 0
  private var failure: VMStateError?

  /// - Throws: `unsupported` without zlib or threads, `limitExceeded` without memory.
  init(threads count: Int, pageSize: TargetPageSize) throws(VMStateError) {
    var inflaters: [PageInflater] = []
    for _ in 0..<count { inflaters.append(try PageInflater()) }
    let number = 4 * count
    let slots = Slots(inflaters, number, CompressedPageRecord.bound(for: pageSize))
    self.slots = slots
    free = Array((0..<number).reversed())
    threads = try JobThreads(count) { thread, job in slots.inflate(job, with: thread) }
  }

  /// Takes a record's bytes and hands them to a thread.
  ///
  /// - Throws: The first error of an earlier record, `endOfStream`, the channel's error.
  func take(
    _ count: Int, for page: UnsafeMutableRawBufferPointer, of idstr: String,
    from reader: inout StreamReader
  ) throws(VMStateError) {
    try settle(page.baseAddress, count: page.count)
    if free.isEmpty { collect(waits: true) }
    if failure != nil { try finish() }
    guard let index = free.popLast(), let input = slots.slots[index].input.baseAddress else {
      preconditionFailure("the threads have ended while records still come")
    }
    let position = reader.position
    do throws(VMStateError) {
      try reader.read(into: input, count: count)
    } catch {
      free.append(index)
      throw error
    }
    slots.slots[index].length = count
    slots.slots[index].page = page
    slots.slots[index].position = position
    slots.slots[index].idstr = idstr
    slots.slots[index].isUsed = true
    underWay += 1
    threads.submit(index)
  }

  /// Waits until no page of a range is under way.
  ///
  /// - Throws: The first error of the records so far.
  @inline(__always)
  func settle(_ start: UnsafeRawPointer?, count: Int) throws(VMStateError) {
    if underWay > 0, isUnderWay(start, count) { try finish() }
  }

  private func isUnderWay(_ start: UnsafeRawPointer?, _ count: Int) -> Bool {
    let (low, high) = (UInt(bitPattern: start), UInt(bitPattern: start) + UInt(count))
    return slots.slots.contains { slot in
      let page = UInt(bitPattern: slot.page.baseAddress)
      return slot.isUsed && page < high && low < page + UInt(slot.page.count)
    }
  }

  /// Waits until all pages are decoded.
  ///
  /// - Throws: The first error of the records so far, by their place in the stream.
  func finish() throws(VMStateError) {
    while underWay > 0 { collect(waits: true) }
    if let failure { throw failure }
  }

  private func collect(waits: Bool) {
    for index in threads.takeDone(waits: waits) {
      if let found = slots.slots[index].failure,
        found.offset ?? .max < failure?.offset ?? .max || failure == nil
      {
        failure = found
      }
      slots.slots[index].failure = nil
      slots.slots[index].isUsed = false
      free.append(index)
      underWay -= 1
    }
  }

  /// Ends all threads: no page is written after it.
  func end() {
    threads.end()
    underWay = 0
  }
}
