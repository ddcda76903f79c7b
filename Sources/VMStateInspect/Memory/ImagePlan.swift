import VMState

/// Where the bytes of each block go.
struct ImagePlan {
  /// A part of a block in an output.
  struct Span {
    /// Bytes of the block.
    var range: Range<UInt64>
    /// Index of the output.
    var output: Int
    /// Where the part begins there.
    var position: UInt64
  }

  /// For each block its parts by rising offset; none for one that is left out.
  var spans: [[Span]]
  /// The final length of each output.
  var lengths: [UInt64]
  /// What each output begins with.
  var heads: [[UInt8]]
  /// What was assumed, and what has no place.
  var notes: [String] = []

  /// One block alone.
  static func single(_ index: Int, _ blocks: [MemoryBlock]) -> ImagePlan {
    var plan = ImagePlan(
      spans: Array(repeating: [], count: blocks.count), lengths: [blocks[index].length],
      heads: [[]])
    plan.spans[index] = [Span(range: 0..<blocks[index].length, output: 0, position: 0)]
    return plan
  }

  /// Each block in an output of its own.
  static func each(_ blocks: [MemoryBlock]) -> ImagePlan {
    ImagePlan(
      spans: blocks.enumerated().map {
        [Span(range: 0..<$1.length, output: $0, position: 0)]
      },
      lengths: blocks.map(\.length), heads: blocks.map { _ in [] })
  }

  /// RAM at its guest-physical addresses.
  static func physical(_ layout: GuestPhysicalLayout, _ blocks: [MemoryBlock]) -> ImagePlan {
    let segments = layout.segments.filter(\.isRAM)
    var plan = ImagePlan(
      spans: Array(repeating: [], count: blocks.count),
      lengths: [segments.map(\.end).max() ?? 0], heads: [[]], notes: layout.notes)
    for segment in segments { plan.put(segment, at: segment.address) }
    return plan
  }

  /// An ELF core.
  static func elf(_ layout: GuestPhysicalLayout, _ blocks: [MemoryBlock]) -> ImagePlan {
    let core = ELFCore(layout.segments)
    let ends = zip(layout.segments, core.positions).map { $0.length + $1 }
    var plan = ImagePlan(
      spans: Array(repeating: [], count: blocks.count),
      lengths: [ends.max() ?? UInt64(core.head.count)], heads: [core.head], notes: layout.notes)
    for (segment, position) in zip(layout.segments, core.positions) {
      plan.put(segment, at: position)
    }
    return plan
  }

  private mutating func put(_ segment: GuestPhysicalLayout.Segment, at position: UInt64) {
    spans[segment.block].append(
      Span(
        range: segment.offset..<segment.offset + segment.length, output: 0, position: position))
  }
}
