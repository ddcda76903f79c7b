import VMState

/// Takes guest memory out of a stream, as it is after the stream's last byte.
public enum RAMExtraction {
  /// What is written.
  public enum Shape: Sendable, Hashable {
    /// The machine's RAM at its guest-physical addresses; of a machine whose layout is not
    /// known, its RAM block alone.
    case raw
    /// An ELF64 core with a PT_LOAD segment for each part of guest-physical memory.
    case elf
    /// One block.
    case block(String)
  }

  /// What came out.
  public struct Result: Sendable {
    /// The stream's blocks.
    public var blocks: [MemoryBlock] = []
    /// What was assumed, and what has no place in the image.
    public var notes: [String] = []
    /// Everything that is wrong with the stream; memory holds what came before and after.
    public var problems: [StreamProblem] = []
  }

  /// Writes an image. The output is not closed: what it holds counts only then, so a caller
  /// may give up an image of a stream with problems.
  ///
  /// A stream from a pipe is read once, page by page into the output; a mapped-ram file is
  /// walked twice, since its pages come before the end of its block list.
  ///
  /// - Parameters:
  ///   - output: An empty file, which is written and read at positions.
  ///   - machineType: In place of the stream's own.
  /// - Throws: `unknownRAMBlock`, `unsupported` for an ELF core of a machine whose layout is
  ///   not known, `limitExceeded`, damaged page data, the channels' errors.
  public static func write(
    _ source: MemorySource, as shape: Shape, to output: any ByteChannel,
    machineType: String? = nil, _ options: MemoryOptions = MemoryOptions()
  ) throws(VMStateError) -> Result {
    let image = RAMImage(options) { found, blocks throws(VMStateError) in
      try plan(shape, machineType ?? found, blocks)
    } output: { _, _ in
      output
    }
    return try run(image, source, options)
  }

  /// Writes every block to a file of its own in a folder that exists. File names come from
  /// `BlockFileName`; the files take their names when all of them are complete.
  ///
  /// - Returns: Also the names, in the order of the blocks.
  /// - Throws: As `write`; `limitExceeded` for more than 200 blocks.
  public static func writeBlocks(
    _ source: MemorySource, toFolder folder: String,
    _ options: MemoryOptions = MemoryOptions()
  ) throws(VMStateError) -> (result: Result, names: [String]) {
    let image = RAMImage(options) { _, blocks throws(VMStateError) in
      guard blocks.count <= 200 else {
        throw VMStateError(
          .limitExceeded, "more blocks than files that can be open", expected: "at most 200",
          found: "\(blocks.count)")
      }
      return .each(blocks)
    } output: { index, blocks throws(VMStateError) in
      let names = BlockFileName.names(for: blocks.map(\.name))
      return try AtomicFileChannel(savingTo: folder + "/" + names[index])
    }
    let result = try run(image, source, options)
    for output in image.outputs { try output.close() }
    return (result, BlockFileName.names(for: result.blocks.map(\.name)))
  }

  private static func plan(
    _ shape: Shape, _ machineType: String?, _ blocks: [MemoryBlock]
  ) throws(VMStateError) -> ImagePlan {
    switch shape {
    case .block(let name):
      guard let index = blocks.firstIndex(where: { $0.name.elementsEqual(name.utf8) }) else {
        let known = blocks.map { PrintableText.escaped($0.idstr) }.joined(separator: ", ")
        throw VMStateError(
          .unknownRAMBlock, "the stream has no such block", expected: known,
          found: PrintableText.escaped(name))
      }
      return .single(index, blocks)
    case .elf:
      return .elf(try GuestPhysicalLayout(machineType: machineType, blocks: blocks), blocks)
    case .raw: return try rawPlan(machineType, blocks)
    }
  }

  private static func rawPlan(
    _ machineType: String?, _ blocks: [MemoryBlock]
  ) throws(VMStateError) -> ImagePlan {
    do throws(VMStateError) {
      let layout = try GuestPhysicalLayout(machineType: machineType, blocks: blocks)
      return .physical(layout, blocks)
    } catch {
      guard error.code == .unsupported,
        let index = GuestPhysicalLayout.mainBlocks(blocks).first
      else { throw error }
      var plan = ImagePlan.single(index, blocks)
      let name = PrintableText.escaped(blocks[index].idstr)
      plan.notes = ["\(error.message): the image is the block \(name) alone"]
      return plan
    }
  }

  private static func run(
    _ image: RAMImage, _ source: MemorySource, _ options: MemoryOptions
  ) throws(VMStateError) -> Result {
    let known = try source.isPositioned ? BlockListFinder.mappedBlocks(source.main, options) : nil
    let feed = try MemoryFeed(
      image, channels: source.channels, options: options, knownBlocks: known)
    var visitor = ProblemKeeper(feed)
    try StreamWalk.walk(source.main, options.walk, visitor: &visitor)
    if image.plan != nil { try visitor.inner.finish() }
    try image.finish()
    guard image.plan != nil else {
      throw visitor.problems.first?.error
        ?? VMStateError(.badRAMRecord, "the stream has no list of RAM blocks")
    }
    return Result(
      blocks: image.blocks, notes: image.plan?.notes ?? [],
      problems: visitor.problems + visitor.inner.problems)
  }
}

/// Finds the block list of a mapped-ram file ahead of its pages.
private struct BlockListFinder: PieceVisitor {
  private var isMapped = false
  private var blocks: [MemoryBlock] = []
  private static let enough = VMStateError.Code("enough")

  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch piece {
    case .ram(.mappedSetup): isMapped = true
    case .ram(.mappedBlock(let block)):
      blocks.append(MemoryBlock(block.entry, pageSize: Int(clamping: block.pageSize)))
    case .ram(.mappedPages), .fileHeader, .configuration, .bytes, .problem: break
    case .sectionHeader(let header) where header.idstr != "ram": break
    case .ram, .footer: throw VMStateError(Self.enough, "the list is complete")
    default: break
    }
  }

  /// The blocks of a mapped-ram file; nil for another stream.
  static func mappedBlocks(
    _ channel: any ByteChannel, _ options: MemoryOptions
  ) throws(VMStateError) -> [MemoryBlock]? {
    var finder = BlockListFinder()
    do throws(VMStateError) {
      try StreamWalk.walk(channel, options.walk, visitor: &finder)
    } catch {
      guard error.code == enough else { throw error }
    }
    try channel.seek(to: 0)
    return finder.isMapped ? finder.blocks : nil
  }
}
