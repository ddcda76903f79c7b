/// One instruction of a compiled plan: 16 bytes, trivially copyable, no references.
struct PlanOp {
  enum Kind: UInt32 {
    /// `count` raw bytes.
    case bytes
    /// `count` truth values.
    case bools
    /// `count` integers of 2, 4, 8 bytes.
    case words2
    case words4
    case words8
    /// `count` zero bytes on the wire, nothing in memory.
    case zeros
    /// The next `aux & 0xFFFF` ops `count` times, `aux >> 16` bytes apart in memory.
    case loop
  }

  var kind: Kind
  var count: UInt32
  var offset: UInt32
  var aux: UInt32 = 0

  /// The op kind for a scalar.
  @inline(__always)
  static func of(_ kind: WireKind) -> Kind {
    switch kind.width {
    case 1: kind.isBool ? .bools : .bytes
    case 2: .words2
    case 4: .words4
    default: .words8
    }
  }
}

/// Ops of fixed wire size that run under one room check.
struct PlanSegment {
  var firstOp: Int
  var opCount: Int
  /// Bytes on the wire, at most `PlanBuilder.maximumSegment`.
  var wireSize: Int
}

/// Collects ops, joining neighbours.
struct PlanBuilder {
  /// Longest segment, in wire bytes.
  static let maximumSegment = 16384

  var ops: [PlanOp] = []
  /// Wire bytes of the ops since `restart`.
  var wireSize = 0
  // Ops before this index belong to an earlier segment or a loop's body: never merged into.
  private var barrier = 0

  /// Begins a new segment.
  mutating func restart() {
    barrier = ops.count
    wireSize = 0
  }

  /// Adds elements; an op that continues its predecessor in memory is merged with it.
  mutating func append(_ kind: PlanOp.Kind, count: Int, offset: Int, wireSize: Int) {
    self.wireSize += wireSize
    guard count > 0 else { return }
    precondition(offset <= Int(UInt32.max) && count <= Int(UInt32.max), "a state beyond 4 GiB")
    if ops.count > barrier, let last = ops.last, last.kind == kind, kind != .loop,
      kind == .zeros || Int(last.offset) + Int(last.count) * Self.width(kind) == offset
    {
      ops[ops.count - 1].count += UInt32(count)
      return
    }
    ops.append(PlanOp(kind: kind, count: UInt32(count), offset: UInt32(offset)))
  }

  /// Adds a structure array as a loop, or its body directly for a single element.
  mutating func appendLoop(
    count: Int, offset: Int, stride: Int, body: (inout PlanBuilder) -> Bool
  ) -> Bool {
    var inner = PlanBuilder()
    guard body(&inner), inner.ops.count < 0x8000, stride < 0x1_0000 else { return false }
    let (size, overflow) = inner.wireSize.multipliedReportingOverflow(by: count)
    guard !overflow, size <= Self.maximumSegment else { return false }
    ops.append(
      PlanOp(
        kind: .loop, count: UInt32(count), offset: UInt32(offset),
        aux: UInt32(inner.ops.count) | UInt32(stride) << 16))
    ops.append(contentsOf: inner.ops)
    wireSize += size
    barrier = ops.count
    return true
  }

  private static func width(_ kind: PlanOp.Kind) -> Int {
    switch kind {
    case .bytes, .bools, .zeros: 1
    case .words2: 2
    case .words4: 4
    case .words8: 8
    case .loop: 0
    }
  }
}
