/// What turns pages into other records than plain ones.
final class RAMPageCoders {
  let xbzrle: XBZRLESender?
  let compressor: PageCompressor?
  /// Pages sent so far in any form.
  var pages: UInt64 = 0
  private var earlier = RAMProgress.Values()
  private var earlierPages: UInt64 = 0

  /// - Throws: `unsupported` without zlib, `limitExceeded` without memory.
  init?(
    _ options: RAMOptions, _ parameters: RAMParameters, _ pageSize: TargetPageSize
  ) throws(VMStateError) {
    guard options.xbzrle || options.compress else { return nil }
    xbzrle =
      options.xbzrle
      ? try XBZRLESender(cacheSize: parameters.xbzrleCacheSize, pageSize: pageSize) : nil
    compressor = options.compress ? try PageCompressor(parameters, pageSize: pageSize) : nil
  }

  /// Ends a period of at least a second over which rates are measured.
  func endPeriod() {
    xbzrle?.measure(since: earlier.xbzrle, pageCount: pages - earlierPages)
    compressor?.measure(since: earlier.compression, pageCount: pages - earlierPages)
    add(to: &earlier)
    earlierPages = pages
  }

  /// Shows the numbers.
  func add(to values: inout RAMProgress.Values) {
    if let xbzrle { values.xbzrle = xbzrle.statistics }
    if let compressor { values.compression = compressor.statistics }
  }
}

extension RAMSaveRun {
  /// Puts the records of pages that follow each other, from the present one, as deltas or
  /// compressed where that applies.
  ///
  /// - Parameter content: A bit for each page that is not zero.
  mutating func putCoded(
    _ coders: RAMPageCoders, _ first: Int, count: Int, content: UInt64,
    to writer: inout StreamWriter
  ) {
    coders.pages += UInt64(count)
    // Deltas begin when the search has been around once; nothing is compressed then.
    let sender = search.wraps > 0 ? coders.xbzrle : nil
    let isCompressing = coders.xbzrle == nil || search.wraps == 0
    let compressor = isCompressing ? coders.compressor : nil
    let ahead = compressAhead(compressor, first, content, &writer)
    for index in 0..<count {
      let page = first &+ index
      if content &>> UInt64(index) & 1 == 0 {
        putZero(page, to: &writer)
        sender?.noteZero(address(page), age: sync.count)
      } else if let sender {
        putDelta(sender, page, to: &writer)
      } else if let compressor, ahead == nil || ahead! &>> UInt64(index) & 1 != 0 {
        putCompressed(compressor, page, ahead: ahead == nil ? nil : index, to: &writer)
      } else {
        putLive(page, to: &writer)
      }
    }
  }

  /// Lets several threads compress pages, if there are any.
  ///
  /// - Returns: A bit for each page that is compressed; nil where that is done page by page.
  private func compressAhead(
    _ compressor: PageCompressor?, _ first: Int, _ content: UInt64, _ writer: inout StreamWriter
  ) -> UInt64? {
    guard let compressor else { return nil }
    // The first record of a block carries its name, and a page as it is.
    let pages = search.index == lastSent ? content : content & ~1
    do throws(VMStateError) {
      return try compressor.compressAhead(start(first), pages)
    } catch {
      writer.fail(error)
      return 0
    }
  }

  private func address(_ page: Int) -> UInt64 {
    items[search.index].address &+ UInt64(page) &<< UInt64(list.targetPageSize.bits)
  }

  private func start(_ page: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(search.current.base) + page &<< list.targetPageSize.bits
  }

  /// Puts a record's word, and the block's name unless the last record was of this block.
  private mutating func putHeader(
    _ page: Int, _ kind: RAMRecordFlags, to writer: inout StreamWriter
  ) {
    guard search.index != lastSent else {
      writer.put(word(page, kind.union(.continue)))
      return
    }
    let name = items[search.index].block.name
    writer.put(word(page, kind))
    writer.put(UInt8(name.count))
    writer.put(bytes: name)
    sent.bytes += name.count + 1
    lastSent = search.index
  }

  private mutating func putZero(_ page: Int, to writer: inout StreamWriter) {
    putHeader(page, .zero, to: &writer)
    writer.put(0 as UInt8)
    sent.zero += 1
  }

  /// Puts a page straight from guest memory.
  private mutating func putLive(_ page: Int, to writer: inout StreamWriter) {
    putHeader(page, .page, to: &writer)
    writer.putSpan(start(page), count: list.targetPageSize.bytes)
    sent.normal += 1
  }

  private mutating func putDelta(
    _ sender: XBZRLESender, _ page: Int, to writer: inout StreamWriter
  ) {
    let form = sender.form(
      of: start(page), address: address(page), age: sync.count, isLast: isLastStage)
    switch form {
    case .unchanged: coders?.pages -= 1
    case .livePage: putLive(page, to: &writer)
    case .copiedPage(let copy):
      // What the cache says the receiver has must be what it gets, so no span of memory that
      // changes.
      putHeader(page, .page, to: &writer)
      writer.put(bytes: UnsafeRawBufferPointer(start: copy, count: list.targetPageSize.bytes))
      sent.normal += 1
    case .delta(let delta):
      let before = writer.position
      putHeader(page, .xbzrle, to: &writer)
      writer.put(XBZRLERecord.encodingFlag)
      writer.put(UInt16(truncatingIfNeeded: delta.count))
      writer.put(bytes: delta)
      sender.noteSent(Int(writer.position - before) - 8)
      sent.bytes += 8 + XBZRLERecord.headerLength + delta.count
      sent.coded += 1
    }
  }

  /// Puts a page compressed; the first one of a block goes as it is, with the name.
  private mutating func putCompressed(
    _ compressor: PageCompressor, _ page: Int, ahead: Int?, to writer: inout StreamWriter
  ) {
    guard search.index == lastSent else { return putLive(page, to: &writer) }
    do throws(VMStateError) {
      let bytes: UnsafeRawBufferPointer
      if let ahead {
        bytes = compressor.ahead(ahead)
      } else {
        bytes = try compressor.compress(start(page))
      }
      putHeader(page, .compressPage, to: &writer)
      writer.put(UInt32(truncatingIfNeeded: bytes.count))
      writer.put(bytes: bytes)
      sent.bytes += 8 + CompressedPageRecord.headerLength + bytes.count
      sent.coded += 1
    } catch {
      writer.fail(error)
    }
  }
}
