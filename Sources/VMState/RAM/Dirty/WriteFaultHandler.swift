#if os(Linux)

  /// The thread that marks pages whose writers were stopped, and lets them go on.
  ///
  /// Marking with unprotecting, and taking marks with protecting, exclude each other: a page
  /// is unprotected only while its mark is set.
  final class WriteFaultHandler: Sendable {
    private struct Watched {
      let id: ObjectIdentifier
      let range: DirtyRange
      let hostPage: UInt64
      let marks: PageBitmap
    }
    private struct State: @unchecked Sendable {
      var blocks: [Watched] = []
      var failure: VMStateError?
    }
    // Words of marks that are taken in one go while writers wait.
    private static let chunk = 64
    private let faults: UserFaults
    private let wake: (reader: Int32, writer: Int32)
    private let state = Guarded(State())

    init(_ faults: UserFaults) throws(VMStateError) {
      self.faults = faults
      let pipe = SystemCall.pipe()
      if pipe.result < 0 { throw UserFaults.refused("the system gave no pipe", pipe.result) }
      wake = (pipe.reader, pipe.writer)
      do throws(VMStateError) {
        try DedicatedThread.run { [self] in serve() }
      } catch {
        end()
        throw error
      }
    }

    deinit { SystemCall.close(wake.reader) }

    /// Lets the thread end.
    func end() { SystemCall.close(wake.writer) }

    func add(_ block: RAMBlock, _ range: DirtyRange) {
      let host = max(UInt64(AnonymousMapping.hostPageSize), block.pageSize)
      state.withLock { state in
        state.blocks.append(
          Watched(
            id: ObjectIdentifier(block), range: range, hostPage: host,
            marks: PageBitmap(pageCount: range.pageCount)))
      }
    }

    @discardableResult
    func remove(_ block: RAMBlock) -> DirtyRange? {
      state.withLock { state in
        let index = state.blocks.firstIndex { $0.id == ObjectIdentifier(block) }
        return index.map { state.blocks.remove(at: $0).range }
      }
    }

    private func serve() {
      var addresses = [UInt64](repeating: 0, count: 64)
      while let count = faults.waitForWriters(&addresses, or: wake.reader) {
        state.withLock { state in
          for address in addresses[..<count] { release(address, &state) }
        }
      }
    }

    private func release(_ address: UInt64, _ state: inout State) {
      guard let item = state.blocks.first(where: { $0.range.addresses.contains(address) })
      else { return }
      let start = address / item.hostPage * item.hostPage
      let run = start..<start + item.hostPage
      item.marks.mark(item.range.pages(run))
      do throws(VMStateError) {
        try faults.setProtected(false, run)
      } catch {
        state.failure = state.failure ?? error
      }
    }

    /// Moves a block's marks to a bitmap, their pages protected again.
    func take(_ block: RAMBlock, into bitmap: PageBitmap) throws(VMStateError) {
      var word = 0
      while let next = try takeChunk(block, from: word, into: bitmap) { word = next }
    }

    private func takeChunk(
      _ block: RAMBlock, from first: Int, into bitmap: PageBitmap
    ) throws(VMStateError) -> Int? {
      try state.withLock { state throws(VMStateError) -> Int? in
        if let failure = state.failure { throw failure }
        guard let item = state.blocks.first(where: { $0.id == ObjectIdentifier(block) }),
          first < item.marks.wordCount
        else { return nil }
        let end = min(first + Self.chunk, item.marks.wordCount)
        try protect(item, first..<end)
        for index in first..<end where item.marks.words[index] != 0 {
          bitmap.mark(word: index, bits: item.marks.words[index])
          item.marks.words[index] = 0
        }
        return end
      }
    }

    private func protect(_ item: Watched, _ words: Range<Int>) throws(VMStateError) {
      let limit = min(words.upperBound << 6, item.marks.pageCount)
      var page = item.marks.nextSet(from: words.lowerBound << 6, limit: limit)
      while page < limit {
        let end = item.marks.nextClear(from: page, limit: limit)
        try faults.setProtected(
          true, item.range.addresses(of: page..<end, hostPage: item.hostPage))
        page = item.marks.nextSet(from: end, limit: limit)
      }
    }
  }
#endif
