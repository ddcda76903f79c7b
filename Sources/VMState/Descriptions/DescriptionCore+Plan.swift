import Synchronization

/// A description's rows compiled for one version.
///
/// Steps alternate between segments (rows of fixed form, run under one room check, with
/// their JSON rendered once) and single rows that need a decision at run time.
final class FieldPlan: @unchecked Sendable {
  // Immutable after init.

  struct Step {
    /// Rows of the table.
    var rows: Range<Int>
    /// nil: the one row is transferred by itself.
    var segment: PlanSegment?
    /// The rendered JSON of a segment's rows.
    var json: Range<Int>
  }

  let steps: [Step]
  let text: [UInt8]
  /// The rows that exist in this version (tests are asked at run time).
  let rows: [FieldRow]
  let places: UnsafePointer<PlanPlace>
  let runs: UnsafePointer<PlanRun>
  private let placeStorage: UnsafeMutableBufferPointer<PlanPlace>
  private let runStorage: UnsafeMutableBufferPointer<PlanRun>

  init(_ all: [FieldRow], version: Int) {
    rows = all.filter { !$0.isLocal && ($0.exists != nil || $0.mustExist || $0.since <= version) }
    var compiler = PlanCompiler()
    for (index, row) in rows.enumerated() { compiler.add(row, index) }
    compiler.close()
    steps = compiler.steps
    text = compiler.text
    placeStorage = .allocate(capacity: max(1, compiler.places.count))
    _ = placeStorage.initialize(from: compiler.places)
    places = UnsafePointer(placeStorage.baseAddress!)
    runStorage = .allocate(capacity: max(1, compiler.runs.count))
    _ = runStorage.initialize(from: compiler.runs)
    runs = UnsafePointer(runStorage.baseAddress!)
  }

  deinit {
    placeStorage.deallocate()
    runStorage.deallocate()
  }
}

/// Cuts rows into steps.
private struct PlanCompiler {
  var steps: [FieldPlan.Step] = []
  var text: [UInt8] = []
  var places: [PlanPlace] = []
  var runs: [PlanRun] = []
  private var builder = PlanBuilder()
  private var open: Range<Int>?
  private var json = DescriptionText()

  mutating func add(_ row: FieldRow, _ index: Int) {
    var trial = builder
    let before = trial.wireSize
    let isFixed =
      row.exists == nil && !row.mustExist && row.body.compile(into: &trial, offset: 0)
    guard isFixed else {
      close()
      steps.append(.init(rows: index..<index + 1, segment: nil, json: 0..<0))
      return
    }
    if trial.wireSize > PlanBuilder.maximumSegment, before > 0 {
      close()
      add(row, index)
      return
    }
    builder = trial
    row.body.describeConstant(row.name, &json, .qemu10_0)
    open = (open?.lowerBound ?? index)..<index + 1
  }

  mutating func close() {
    if let open {
      let first = text.count
      text.append(contentsOf: json.bytes)
      steps.append(
        .init(
          rows: open,
          segment: builder.seal(into: &places, &runs),
          json: first..<text.count))
    }
    open = nil
    json = DescriptionText()
    builder = PlanBuilder()
  }
}

/// The plans of a description by version; most only ever need the newest.
final class PlanCache: Sendable {
  private let rows: [FieldRow]
  private let newest: Int
  // A retained `FieldPlan`, or 0: read once per save, so without a lock or a generic call.
  private let newestPlan = Atomic<UInt>(0)
  private let plans = Mutex<[Int: FieldPlan]>([:])

  init(_ rows: [FieldRow], newest: Int) {
    self.rows = rows
    self.newest = newest
  }

  /// The plan of a version; without a lock for the newest one.
  func plan(_ version: Int) -> FieldPlan {
    if version == newest {
      let bits = newestPlan.load(ordering: .acquiring)
      return bits == 0 ? makeNewest() : Self.plan(bits)
    }
    // Versions between the same two thresholds have the same plan.
    let key = rows.lazy.map(\.since).filter { $0 <= version }.max() ?? 0
    return plans.withLock { plans in
      if let plan = plans[key] { return plan }
      let plan = FieldPlan(rows, version: key)
      plans[key] = plan
      return plan
    }
  }

  private static func plan(_ bits: UInt) -> FieldPlan {
    Unmanaged<FieldPlan>.fromOpaque(UnsafeRawPointer(bitPattern: bits)!).takeUnretainedValue()
  }

  private func makeNewest() -> FieldPlan {
    let made = Unmanaged.passRetained(FieldPlan(rows, version: newest))
    let (exchanged, original) = newestPlan.compareExchange(
      expected: 0, desired: UInt(bitPattern: made.toOpaque()), ordering: .acquiringAndReleasing)
    if exchanged { return made.takeUnretainedValue() }
    made.release()
    return Self.plan(original)
  }

  deinit {
    let bits = newestPlan.load(ordering: .acquiring)
    if bits != 0 {
      Unmanaged<FieldPlan>.fromOpaque(UnsafeRawPointer(bitPattern: bits)!).release()
    }
  }
}
