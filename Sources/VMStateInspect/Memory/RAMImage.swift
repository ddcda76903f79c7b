import VMState

/// Writes guest pages to sparse outputs, in the order in which they were sent: what comes last
/// stays. Zeros are written only over a page that had content.
final class RAMImage: PageTarget {
  /// Bytes that are gathered before a write.
  private static let gathered = 256 << 10

  private let makePlan: (String?, [MemoryBlock]) throws(VMStateError) -> ImagePlan
  private let makeOutput: (Int, [MemoryBlock]) throws(VMStateError) -> any ByteChannel
  private let options: MemoryOptions
  private var machineType: String?
  private(set) var blocks: [MemoryBlock] = []
  private(set) var plan: ImagePlan?
  private(set) var outputs: [any ByteChannel] = []
  // 1 for a page that has content in an output.
  private var written: [PageTable] = []
  // Bytes that follow each other in an output and are not written yet.
  private var pending: [UInt8] = []
  private var pendingPlace: (output: Int, position: UInt64) = (0, 0)
  private var page: [UInt8] = []
  private var zeros: [UInt8] = []

  init(
    _ options: MemoryOptions,
    plan: @escaping (String?, [MemoryBlock]) throws(VMStateError) -> ImagePlan,
    output: @escaping (Int, [MemoryBlock]) throws(VMStateError) -> any ByteChannel
  ) {
    self.options = options
    makePlan = plan
    makeOutput = output
    pending.reserveCapacity(Self.gathered)
  }

  func setMachine(_ type: String) { machineType = type }

  func setBlocks(_ new: [MemoryBlock]) throws(VMStateError) {
    if plan != nil {
      guard new == blocks else {
        throw VMStateError(.badRAMRecord, "a second list of RAM blocks, another one")
      }
      return
    }
    let plan = try makePlan(machineType, new)
    let budget = PageTableBudget(bytes: options.tableBytes)
    for block in new { written.append(PageTable(count: block.pages, budget: budget)) }
    for (index, head) in plan.heads.enumerated() {
      let output = try makeOutput(index, new)
      guard output.capabilities.contains(.positioned) else {
        throw VMStateError(.unsupported, "a sparse image needs a file to go to")
      }
      outputs.append(output)
      try head.visit { raw throws(VMStateError) in try output.writeFully(raw, at: 0) }
    }
    (self.plan, blocks) = (plan, new)
  }

  // MARK: Pages

  func setZero(_ block: Int, _ page: Int) throws(VMStateError) {
    guard page < written[block].count, written[block][page] != 0 else { return }
    let count = blocks[block].size(ofPage: page)
    if zeros.count < count { zeros = [UInt8](repeating: 0, count: count) }
    try zeros.visit { raw throws(VMStateError) in
      try put(block, page, UnsafeRawBufferPointer(rebasing: raw[..<count]))
    }
    try written[block].set(page, 0)
  }

  @inline(__always)
  func setPages(_ block: Int, _ page: Int, _ content: PlacedBytes) throws(VMStateError) {
    let size = blocks[block].pageSize
    let count = (content.bytes.count + size - 1) / size
    for page in page..<page + count where page < written[block].count {
      try written[block].set(page, 1)
    }
    try put(block, page, content.bytes)
  }

  func setCompressed(_ block: Int, _ page: Int, _ content: PlacedBytes) throws(VMStateError) {
    try withPage(block, page) { bytes throws(VMStateError) in
      try inflate(content.bytes, into: bytes)
    }
  }

  func change(
    _ block: Int, _ page: Int,
    _ body: (UnsafeMutableRawBufferPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try flush()
    let old = try present(block, page)
    try withPage(block, page) { bytes throws(VMStateError) in
      old.withUnsafeBytes { bytes.copyMemory(from: $0) }
      try body(bytes)
    }
  }

  func discard(_ block: Int, _ pages: Range<Int>) throws(VMStateError) {
    var page = written[block].next(from: pages.lowerBound)
    while page < pages.upperBound {
      try setZero(block, page)
      page = written[block].next(from: page + 1)
    }
  }

  private func withPage(
    _ block: Int, _ page: Int,
    _ body: (UnsafeMutableRawBufferPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let count = blocks[block].size(ofPage: page)
    if self.page.count != count { self.page = [UInt8](repeating: 0, count: count) }
    var failure: VMStateError?
    self.page.withUnsafeMutableBytes { raw in
      do throws(VMStateError) { try body(raw) } catch { failure = error }
    }
    if let failure { throw failure }
    let bytes = self.page
    try bytes.visit { raw throws(VMStateError) in
      try setPages(block, page, PlacedBytes(bytes: raw, source: 0))
    }
  }

  /// A page's present content.
  private func present(_ block: Int, _ page: Int) throws(VMStateError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: blocks[block].size(ofPage: page))
    guard written[block][page] != 0 else { return bytes }
    let first = UInt64(page) * UInt64(blocks[block].pageSize)
    for span in plan?.spans[block] ?? [] {
      let low = max(first, span.range.lowerBound)
      let high = min(first + UInt64(bytes.count), span.range.upperBound)
      guard low < high else { continue }
      let place = span.position + (low - span.range.lowerBound)
      var part = [UInt8](repeating: 0, count: Int(high - low))
      guard try outputs[span.output].readFully(into: &part, at: place) == part.count else {
        throw VMStateError(.channelFailed, "the image cannot be read again")
      }
      bytes.replaceSubrange(Int(low - first)..<Int(high - first), with: part)
    }
    return bytes
  }

  // MARK: Output

  /// Puts bytes where the plan says.
  @inline(__always)
  private func put(
    _ block: Int, _ page: Int, _ bytes: UnsafeRawBufferPointer
  ) throws(VMStateError) {
    guard let plan else { return }
    let first = UInt64(page) * UInt64(blocks[block].pageSize)
    for span in plan.spans[block] {
      let low = max(first, span.range.lowerBound)
      let high = min(first + UInt64(bytes.count), span.range.upperBound)
      guard low < high else { continue }
      try gather(
        UnsafeRawBufferPointer(rebasing: bytes[Int(low - first)..<Int(high - first)]),
        span.output, span.position + (low - span.range.lowerBound))
    }
  }

  private func gather(
    _ bytes: UnsafeRawBufferPointer, _ output: Int, _ position: UInt64
  ) throws(VMStateError) {
    let follows =
      pendingPlace.output == output && pendingPlace.position + UInt64(pending.count) == position
    if !follows || pending.count + bytes.count > Self.gathered { try flush() }
    if pending.isEmpty { pendingPlace = (output, position) }
    pending.append(contentsOf: bytes)
  }

  private func flush() throws(VMStateError) {
    guard !pending.isEmpty else { return }
    let output = outputs[pendingPlace.output]
    let position = pendingPlace.position
    try pending.visit { raw throws(VMStateError) in try output.writeFully(raw, at: position) }
    pending.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, and gives the outputs their lengths.
  func finish() throws(VMStateError) {
    try flush()
    guard let plan else { return }
    for (output, length) in zip(outputs, plan.lengths) {
      guard length > 0, let size = output.size, size < length else { continue }
      try [UInt8(0)].visit { raw throws(VMStateError) in
        try output.writeFully(raw, at: length - 1)
      }
    }
  }
}
