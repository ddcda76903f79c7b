/// The device sections of a rewind buffer: the bytes that a stream would have for each entry,
/// kept in pieces, so that frames share what did not change.
///
/// The image of a frame begins with the length of each entry's section (0: not needed then);
/// the sections follow, each at the begin of a piece.
final class RewindDevices {
  static let pieceSize = 64
  /// Bytes that a kept piece takes.
  private static var pieceCost: Int { pieceSize + PieceHistory.changeCost }

  let entries: [SaveStateEntry]
  private let inactive: [SaveStateEntry]
  /// Nothing takes part.
  let isEmpty: Bool
  private let handlers: [SaveStateEntry]
  let transaction: LoadTransaction
  private let profile: StreamProfile
  private let saveContext: SaveContext
  /// The image of the present frame, and the one that is being written.
  let image: RewindImage
  private let next: RewindImage
  private var writer: StreamWriter
  private var sizes: [UInt32]
  // Not in the object: no access check for each use.
  let history: UnsafeMutablePointer<PieceHistory>
  private var changed: UnsafeMutablePointer<UInt64>
  private var changedWords = 0
  private var changedCount = 0

  /// - Parameters:
  ///   - limit: Bytes that all frames may take.
  ///   - memory: What hooks see of guest memory while a frame is restored.
  /// - Throws: `unsupported` for live sections, `unmigratable`, `limitExceeded`.
  init(
    _ all: [SaveStateEntry], _ memory: any StagedMemory, _ blocks: RAMBlockList,
    _ profile: StreamProfile, limit: Int
  ) throws(VMStateError) {
    let pieces = try PieceHistory(pieceSize: Self.pieceSize, bytes: UInt64(limit))
    (entries, inactive) = try Self.participants(all, blocks)
    isEmpty = entries.isEmpty
    handlers = entries.filter { $0.handlers != nil }
    self.profile = profile
    saveContext = SaveContext(profile: profile)
    saveContext.keepsIdle = true
    let context = LoadContext(profile: profile, memory: memory)
    context.keepsIdle = true
    transaction = LoadTransaction(entries, context)
    image = RewindImage(limit: limit)
    next = RewindImage(limit: limit)
    writer = StreamWriter(next)
    sizes = Array(repeating: 0, count: entries.count)
    changed = .allocate(capacity: 0)
    history = .allocate(capacity: 1)
    history.initialize(to: pieces)
  }

  deinit {
    transaction.close()
    history.deinitialize(count: 1)
    history.deallocate()
    changed.deallocate()
  }

  /// The entries that take part, and live sections that do not while they are inactive. The RAM
  /// of the buffer's own blocks is no device.
  ///
  /// - Throws: `unsupported`, `unmigratable`.
  static func participants(
    _ all: [SaveStateEntry], _ blocks: RAMBlockList
  ) throws(VMStateError) -> (entries: [SaveStateEntry], inactive: [SaveStateEntry]) {
    var taking: [SaveStateEntry] = []
    var inactive: [SaveStateEntry] = []
    for entry in all {
      if let handlers = entry.handlers, handlers.phases != .wholeState {
        if let ram = handlers as? RAMHandlers, ram.blocks === blocks { continue }
        if handlers.isActive { throw refusal(entry) }
        inactive.append(entry)
      } else {
        if let handlers = entry.handlers, !handlers.stagesLoad { throw refusal(entry) }
        taking.append(entry)
      }
    }
    return (taking, inactive)
  }

  private static func refusal(_ entry: SaveStateEntry) -> VMStateError {
    VMStateError(
      .unsupported, "a rewind buffer does not keep this live section", path: [entry.idstr],
      expected: "devices, and sections of one piece whose loads can be undone")
  }

  /// Bytes of contents, tables and images.
  var byteCount: Int {
    isEmpty
      ? 0 : history.pointee.byteCount + image.capacity + next.capacity + changedWords * 8
  }

  /// The index behind the present frame's last change.
  var end: Int { history.pointee.end }
  /// Bytes of the present frame's image.
  var count: Int { isEmpty ? 0 : image.count }
  /// Bytes that the pieces found by `save` take at most.
  var changedCost: Int { isEmpty ? 0 : changedCount * Self.pieceCost }
}

// MARK: - Saving

extension RewindDevices {
  /// Writes every entry's section and finds the pieces that differ from the present frame;
  /// under the device lock. Changes nothing that is kept.
  ///
  /// - Throws: `unmigratable`, `unsupported`, and the errors of hooks.
  func save(_ runState: RunState) throws(VMStateError) {
    for entry in inactive where entry.handlers?.isActive ?? false { throw Self.refusal(entry) }
    if isEmpty { return }
    saveContext.runStateBeforeStop = runState
    changedCount = 0
    defer { for entry in handlers { entry.handlers?.saveCleanup() } }
    do throws(VMStateError) {
      try prepare()
      try write()
    } catch {
      // The writer keeps its first error for ever.
      writer = StreamWriter(next)
      throw error
    }
    findChanges()
  }

  private func prepare() throws(VMStateError) {
    for entry in entries where entry.described?.isUnmigratable ?? false {
      throw VMStateError(
        .unmigratable, "State blocked by non-migratable device '\(entry.idstr)'",
        path: [entry.idstr])
    }
    for entry in handlers {
      guard let handlers = entry.handlers else { continue }
      if let reason = handlers.blocker(for: .save) {
        throw VMStateError(.unmigratable, reason, path: [entry.idstr])
      }
      do {
        try handlers.savePrepare(saveContext)
      } catch {
        throw .fromHook(error, "save-prepare").within(entry.idstr)
      }
    }
  }

  var tableSize: Int { Self.padded(entries.count * 4) }

  static func padded(_ count: Int) -> Int {
    (count + pieceSize - 1) & ~(pieceSize - 1)
  }

  private func write() throws(VMStateError) {
    try writer.seek(to: 0)
    writer.put(zeros: tableSize)
    var json: DescriptionText?
    for index in entries.indices {
      let first = Int(writer.position)
      try entries[index].saveFull(to: &writer, json: &json, footer: false, saveContext)
      let size = Int(writer.position) - first
      guard let small = UInt32(exactly: size) else {
        throw VMStateError(
          .limitExceeded, "the section is too long", path: [entries[index].idstr],
          expected: "below 4 GiB", found: "\(size) bytes")
      }
      sizes[index] = small
      writer.put(zeros: Self.padded(size) - size)
    }
    try writer.flush()
    // Alike, so that a step never asks for more.
    try image.reserve(next.capacity)
    for index in entries.indices {
      next.base.storeBytes(of: sizes[index], toByteOffset: index * 4, as: UInt32.self)
    }
  }

  private func findChanges() {
    let pieces = next.count / Self.pieceSize
    let common = min(pieces, image.count / Self.pieceSize)
    history.pointee.grow(to: pieces)
    growMarks(to: history.pointee.pieceCount)
    let (old, new) = (image.base, next.base)
    for piece in 0..<pieces {
      let offset = piece &* Self.pieceSize
      if piece < common, MarkedPieces.areEqual(old + offset, new + offset, Self.pieceSize) {
        continue
      }
      changed[piece >> 6] |= 1 << UInt64(piece & 63)
      changedCount &+= 1
    }
  }

  private func growMarks(to pieces: Int) {
    let words = (pieces + 63) >> 6
    guard words > changedWords else {
      // Those of a frame that failed later are still there.
      return changed.update(repeating: 0, count: changedWords)
    }
    changed.deallocate()
    changed = .allocate(capacity: words)
    changed.initialize(repeating: 0, count: words)
    changedWords = words
  }

  /// Keeps what `save` has found, which is the present frame then.
  ///
  /// - Returns: False when a replacement did not fit the limit.
  func keep(_ mode: PieceHistory.Mode, limit: Int) -> Bool {
    guard !isEmpty else { return true }
    let marked = MarkedPieces(
      base: next.base, words: changed, wordCount: changedWords, first: 0, detectsZeros: false)
    guard history.pointee.keep(marked, mode, limit: limit) != nil else { return false }
    image.exchange(with: next)
    return true
  }
}
