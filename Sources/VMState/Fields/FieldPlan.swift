/// The kinds of values that a plan moves.
enum PlanKind: UInt32 {
  /// Raw bytes.
  case bytes
  /// Truth values.
  case bools
  /// Integers of 2, 4, 8 bytes.
  case words2
  case words4
  case words8
  /// Zero bytes on the wire, nothing in memory.
  case zeros

  /// The kind for a scalar.
  @inline(__always)
  static func of(_ kind: WireKind) -> PlanKind {
    switch kind.width {
    case 1: kind.isBool ? .bools : .bytes
    case 2: .words2
    case 4: .words4
    default: .words8
    }
  }

  /// Bytes of one value on the wire.
  @inline(__always)
  var width: Int {
    switch self {
    case .bytes, .bools, .zeros: 1
    case .words2: 2
    case .words4: 4
    case .words8: 8
    }
  }
}

/// A single value: its place in the state, and on the wire from the segment's first byte.
struct PlanPlace {
  var memory: UInt32
  var wire: UInt32
}

/// Values side by side in the state and on the wire.
struct PlanRun {
  var kind: PlanKind
  var memory: UInt32
  var wire: UInt32
  var count: UInt32
}

/// Rows of fixed wire size that run under one room check.
///
/// Every value has its own place on the wire, so their order does not matter: single values
/// stand in one list for each width, and each list is one loop without a decision in it.
struct PlanSegment {
  /// Single values in the plan's `places`.
  var bytes = 0..<0
  /// Two bytes side by side, as they are.
  var pairs = 0..<0
  var bools = 0..<0
  var words2 = 0..<0
  var words4 = 0..<0
  var words8 = 0..<0
  /// In the plan's `runs`.
  var runs = 0..<0
  /// Bytes on the wire, at most `PlanBuilder.maximumSegment`.
  var wireSize = 0
}

/// Collects the values of a segment in wire order, joining neighbours.
struct PlanBuilder {
  /// Longest segment, in wire bytes.
  static let maximumSegment = 16384
  /// Most runs of one segment: larger arrays of structures are walked element by element.
  static let maximumRuns = 4096

  private(set) var runs: [PlanRun] = []
  /// Bytes on the wire so far.
  private(set) var wireSize = 0

  /// Adds values; those that continue their predecessor are joined with it.
  mutating func append(_ kind: PlanKind, count: Int, offset: Int) {
    guard count > 0 else { return }
    precondition(offset <= Int(Int32.max) && count <= Int(Int32.max), "a state beyond 2 GiB")
    defer { wireSize += count * kind.width }
    if let last = runs.last, last.kind == kind,
      kind == .zeros || Int(last.memory) + Int(last.count) * kind.width == offset
    {
      runs[runs.count - 1].count += UInt32(count)
      return
    }
    runs.append(
      PlanRun(
        kind: kind, memory: UInt32(offset), wire: UInt32(wireSize), count: UInt32(count)))
  }

  /// Adds the elements of an array of structures one after another; false if that is too much
  /// for a segment.
  mutating func append(
    elements count: Int, offset: Int, stride: Int,
    element: (inout PlanBuilder, Int) -> Bool
  ) -> Bool {
    for index in 0..<count {
      guard element(&self, offset + index * stride), runs.count <= Self.maximumRuns,
        wireSize <= 2 * Self.maximumSegment
      else { return false }
    }
    return true
  }

  /// Sorts the values into the lists of a plan.
  func seal(into places: inout [PlanPlace], _ long: inout [PlanRun]) -> PlanSegment {
    // The values from `first` on, or up to there, of each short run.
    func singles(
      _ kind: PlanKind, step: UInt32, _ part: (UInt32) -> Range<UInt32>
    ) -> Range<Int> {
      let first = places.count
      for run in runs where run.kind == kind && !Self.isLong(run) {
        let range = part(run.count)
        for value in stride(from: range.lowerBound, to: range.upperBound, by: Int(step)) {
          let bytes = value * UInt32(kind.width)
          places.append(PlanPlace(memory: run.memory + bytes, wire: run.wire + bytes))
        }
      }
      return first..<places.count
    }
    func singles(_ kind: PlanKind) -> Range<Int> { singles(kind, step: 1) { 0..<$0 } }
    let firstRun = long.count
    long.append(contentsOf: runs.filter(Self.isLong))
    return PlanSegment(
      bytes: singles(.bytes, step: 1) { $0 & ~1..<$0 },
      pairs: singles(.bytes, step: 2) { 0..<($0 & ~1) }, bools: singles(.bools),
      words2: singles(.words2),
      words4: singles(.words4), words8: singles(.words8), runs: firstRun..<long.count,
      wireSize: wireSize)
  }

  // A run costs about as much as four single values.
  private static func isLong(_ run: PlanRun) -> Bool { run.kind == .zeros || run.count > 4 }
}
