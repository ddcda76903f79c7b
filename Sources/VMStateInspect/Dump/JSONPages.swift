import VMState

/// Makes JSON of page records: neighbours of the same kind become one line.
struct JSONPages {
  /// Records that make one line.
  private struct Run {
    var kind: RAMRecordFlags
    var block: Int
    var offset: UInt64
    var count: UInt64
    var isContinued: Bool
    var place: UInt64
    // Where the pages begin in their file.
    var position: UInt64?
  }

  private let files: PageFiles?
  private var names: [[UInt8]] = []
  private var fileNames: [String] = []
  private var pageSize = TargetPageSize.standard
  private var run: Run?

  init(_ files: PageFiles?) { self.files = files }

  mutating func begin(_ blocks: [[UInt8]], _ size: TargetPageSize) {
    names = []
    fileNames = []
    pageSize = size
    for block in blocks { append(block) }
  }

  mutating func append(_ block: [UInt8]) {
    fileNames.append(PageFiles.name(names.count, block))
    names.append(block)
  }

  func finish() throws(VMStateError) { try files?.close() }

  // MARK: Records

  /// Takes a record; gives the line that is complete now, if any.
  mutating func add(
    _ page: RAMPagePiece, _ range: Range<UInt64>
  ) throws(VMStateError) -> [UInt8]? {
    let isJoined = page.isZero || page.word.kind == .page && files != nil
    if isJoined, joins(page) {
      if !page.isZero { _ = try store(page.payload, page.block) }
      run?.count += 1
      return nil
    }
    let done = take()
    var next = Run(
      kind: page.word.kind, block: page.block, offset: page.offset, count: 1,
      isContinued: !page.namesBlock, place: range.lowerBound)
    if isJoined {
      if !page.isZero { next.position = try store(page.payload, page.block) }
      run = next
      return done
    }
    let line = try line(next, page.payload)
    return done.map { $0 + Array(",\n".utf8) + line } ?? line
  }

  private func joins(_ page: RAMPagePiece) -> Bool {
    guard let run, !page.namesBlock, page.block == run.block, page.word.kind == run.kind else {
      return false
    }
    return page.offset == run.offset &+ run.count &* UInt64(pageSize.bytes)
  }

  private func store(
    _ bytes: UnsafeRawBufferPointer, _ block: Int
  ) throws(VMStateError) -> UInt64 {
    try files?.append(bytes, to: fileNames[block]) ?? 0
  }

  /// The line of the run that is open.
  mutating func take() -> [UInt8]? {
    guard let run else { return nil }
    self.run = nil
    var text = DescriptionText()
    text.beginObject()
    put(run, to: &text)
    if run.count > 1 { text.put("count", run.count) }
    if let position = run.position {
      text.put("file", fileNames[run.block])
      text.put("position", position)
    }
    text.endObject()
    return text.bytes
  }

  private func put(_ run: Run, to text: inout DescriptionText) {
    text.put("piece", "page")
    text.put("offset", run.place)
    text.put("kind", run.kind.pageName)
    text.put("block", name: names[run.block])
    if run.isContinued { text.put(rendered: "\"continue\": true".utf8) }
    text.put("page", run.offset)
  }

  private func line(
    _ run: Run, _ payload: UnsafeRawBufferPointer
  ) throws(VMStateError) -> [UInt8] {
    var text = DescriptionText()
    text.beginObject()
    put(run, to: &text)
    try put(payload, fileNames[run.block], to: &text)
    text.endObject()
    return text.bytes
  }

  /// A payload: in the block's file, or in the text without its zeros.
  private func put(
    _ payload: UnsafeRawBufferPointer, _ file: String, to text: inout DescriptionText
  ) throws(VMStateError) {
    text.put("length", payload.count)
    guard let files else { return SparseBytes.put(payload, to: &text) }
    text.put("file", file)
    text.put("position", try files.append(payload, to: file))
  }

  /// What follows a record of another section or channel.
  func put(
    payload: UnsafeRawBufferPointer, to text: inout DescriptionText
  ) throws(VMStateError) {
    try put(payload, "records.payload", to: &text)
  }

  // MARK: Mapped pages

  func put(_ run: MappedPages, to text: inout DescriptionText) throws(VMStateError) {
    text.put("block", name: names[run.block])
    text.put("page", run.offset)
    try put(run.bytes, fileNames[run.block], to: &text)
  }
}

extension RAMPagePiece {
  /// A zero record as every QEMU writes it.
  var isZero: Bool { word.kind == .zero && payload.count == 1 && payload[0] == 0 }
}

extension RAMRecordFlags {
  /// A page record's kind in the JSON.
  var pageName: String {
    switch self {
    case .zero: "zero"
    case .page: "page"
    case .xbzrle: "xbzrle"
    default: "compressed"
    }
  }

  /// The kind by its name.
  init?(pageName: String) {
    switch pageName {
    case "zero": self = .zero
    case "page": self = .page
    case "xbzrle": self = .xbzrle
    case "compressed": self = .compressPage
    default: return nil
    }
  }
}
