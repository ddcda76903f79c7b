/// Compresses pages of a save, with one thread or several.
///
/// With several threads the pages of one word of the bitmap are compressed side by side and
/// written in order: the stream is the same for any number of threads that are waited for.
///
/// QEMU (to 9.0): `compress_page_with_multi_thread`, migration/ram-compress.c.
final class PageCompressor {
  private(set) var statistics = CompressionStatistics()
  private let pageSize: TargetPageSize
  private let waits: Bool
  private let slots: Slots
  private let threads: JobThreads?

  /// A place for each page of a word. Each belongs to the thread that has its job.
  private final class Slots: @unchecked Sendable {
    let deflaters: [PageDeflater]
    let bound: Int
    let outputs: UnsafeMutableRawPointer
    let lengths = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    var start: UnsafeRawPointer?
    let pageBits: Int
    private let monitor = ThreadMonitor()
    private var failure: VMStateError?

    init(_ deflaters: [PageDeflater], _ pageSize: TargetPageSize) {
      self.deflaters = deflaters
      bound = CompressedPageRecord.bound(for: pageSize)
      outputs = .allocate(byteCount: (deflaters.count > 1 ? 64 : 1) * bound, alignment: 64)
      lengths.initialize(repeating: 0, count: 64)
      pageBits = pageSize.bits
    }

    deinit {
      outputs.deallocate()
      lengths.deallocate()
    }

    func output(_ slot: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(start: outputs + slot * bound, count: bound)
    }

    func compress(_ page: Int, with deflater: Int) {
      guard let start else { return }
      do throws(VMStateError) {
        lengths[page] = try deflaters[deflater].compress(
          start + page << pageBits, into: output(page))
      } catch {
        monitor.locked { failure = failure ?? error }
      }
    }

    func takeFailure() -> VMStateError? {
      monitor.locked {
        defer { failure = nil }
        return failure
      }
    }
  }

  /// - Throws: `unsupported` without zlib or threads, `limitExceeded` without memory.
  init(_ parameters: RAMParameters, pageSize: TargetPageSize) throws(VMStateError) {
    self.pageSize = pageSize
    waits = parameters.compressWaitsForThreads
    var deflaters: [PageDeflater] = []
    for _ in 0..<parameters.compressThreads {
      deflaters.append(try PageDeflater(level: parameters.compressLevel, pageSize: pageSize))
    }
    let slots = Slots(deflaters, pageSize)
    self.slots = slots
    threads =
      deflaters.count > 1
      ? try JobThreads(deflaters.count) { thread, page in slots.compress(page, with: thread) }
      : nil
  }

  /// Compresses pages that follow each other, if there are several threads to do it ahead.
  ///
  /// - Parameters:
  ///   - start: The first page.
  ///   - pages: A bit for each page that is to be compressed.
  /// - Returns: A bit for each page that `ahead` gives the stream of; nil with a single thread.
  ///   Other pages go as they are.
  /// - Throws: `limitExceeded` if the library fails.
  func compressAhead(
    _ start: UnsafeRawPointer, _ pages: UInt64
  ) throws(VMStateError) -> UInt64? {
    guard let threads else { return nil }
    slots.start = start
    var taken: UInt64 = 0
    var left = pages
    while left != 0 {
      let bit = left & (0 &- left)
      left ^= bit
      guard waits || threads.hasIdleThread else {
        statistics.busy += 1
        continue
      }
      taken |= bit
      threads.submit(bit.trailingZeroBitCount)
    }
    threads.finish()
    if let failure = slots.takeFailure() { throw failure }
    return taken
  }

  /// The zlib stream of a page that was compressed ahead; valid until the next pages.
  func ahead(_ page: Int) -> UnsafeRawBufferPointer {
    note(UnsafeRawBufferPointer(rebasing: slots.output(page)[..<slots.lengths[page]]))
  }

  /// The zlib stream of a page as it is now; valid until the next one.
  ///
  /// - Throws: `limitExceeded` if the library fails.
  func compress(_ source: UnsafeRawPointer) throws(VMStateError) -> UnsafeRawBufferPointer {
    let output = slots.output(0)
    let count = try slots.deflaters[0].compress(source, into: output)
    return note(UnsafeRawBufferPointer(rebasing: output[..<count]))
  }

  private func note(_ stream: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    statistics.pages += 1
    statistics.compressedBytes += UInt64(stream.count)
    return stream
  }

  /// Measures the rates over a period.
  func measure(since earlier: CompressionStatistics, pageCount: UInt64) {
    statistics.measure(since: earlier, pageSize: pageSize.bytes, pageCount: pageCount)
  }
}
