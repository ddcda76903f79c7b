import Synchronization

/// A description's rows compiled for one version.
///
/// Steps alternate between segments (rows of fixed form, run under one room check, with
/// their JSON rendered once) and single rows that need a decision at run time.
///
/// Plain pointers, so that a transfer counts no references: whoever holds the description's
/// `PlanCache` holds what they point to.
struct FieldPlan {
  struct Step {
    /// Rows of the table.
    var rows: Range<Int>
    /// What the rows come to; empty if the one row is transferred by itself.
    var segment = PlanSegment()
    var isSegment = false
    /// The rendered JSON of a segment's rows.
    var json: Range<Int>
  }

  let steps: UnsafePointer<Step>
  let stepCount: Int
  let text: UnsafeBufferPointer<UInt8>
  /// The rows that exist in this version (tests are asked at run time).
  let rows: UnsafeBufferPointer<FieldRow>
  let places: UnsafePointer<PlanPlace>
  let runs: UnsafePointer<PlanRun>
}

extension UnsafePointer<FieldPlan.Step> {
  /// Where the step's segment lies.
  @inline(__always)
  var segment: UnsafePointer<PlanSegment> { pointer(to: \.segment)! }
}

/// The memory of a plan.
final class PlanStorage: @unchecked Sendable {
  // Immutable after init.
  let plan: UnsafePointer<FieldPlan>

  init(_ all: [FieldRow], version: Int) {
    let rows = all.filter {
      !$0.isLocal && ($0.exists != nil || $0.mustExist || $0.since <= version)
    }
    var compiler = PlanCompiler()
    for (index, row) in rows.enumerated() { compiler.add(row, index) }
    compiler.close()
    let made = FieldPlan(
      steps: Self.keep(compiler.steps).baseAddress!, stepCount: compiler.steps.count,
      text: Self.keep(compiler.text), rows: Self.keep(rows),
      places: Self.keep(compiler.places).baseAddress!, runs: Self.keep(compiler.runs).baseAddress!
    )
    plan = Self.keep([made]).baseAddress!
  }

  private static func keep<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    memory.initialize(from: elements, count: elements.count)
    return UnsafeBufferPointer(start: memory, count: elements.count)
  }

  deinit {
    let made = plan.pointee
    let rows = UnsafeMutableBufferPointer(mutating: made.rows)
    rows.deinitialize()
    rows.deallocate()
    made.steps.deallocate()
    made.text.deallocate()
    made.places.deallocate()
    made.runs.deallocate()
    plan.deallocate()
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
      steps.append(.init(rows: index..<index + 1, json: 0..<0))
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
          rows: open, segment: builder.seal(into: &places, &runs), isSegment: true,
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
  // The address of the newest version's plan, or 0: read once per transfer, without a lock.
  private let newestPlan = Atomic<UInt>(0)
  private let plans = Guarded<[Int: PlanStorage]>([:])

  init(_ rows: [FieldRow], newest: Int) {
    self.rows = rows
    self.newest = newest
  }

  /// The plan of a version; without a lock for the newest one. It lives as long as the cache.
  @inline(__always)
  func plan(_ version: Int) -> UnsafePointer<FieldPlan> {
    let bits = version == newest ? newestPlan.load(ordering: .acquiring) : 0
    return UnsafePointer(bitPattern: bits) ?? find(version)
  }

  private func find(_ version: Int) -> UnsafePointer<FieldPlan> {
    // Versions between the same two thresholds have the same plan.
    let key = rows.lazy.map(\.since).filter { $0 <= version }.max() ?? 0
    let plan = plans.withLock { plans in
      if let storage = plans[key] { return SendablePlan(storage.plan) }
      let storage = PlanStorage(rows, version: key)
      plans[key] = storage
      return SendablePlan(storage.plan)
    }
    if version == newest {
      newestPlan.store(UInt(bitPattern: plan.pointer), ordering: .releasing)
    }
    return plan.pointer
  }

  /// A plan never changes: any thread may have its address.
  private struct SendablePlan: @unchecked Sendable {
    let pointer: UnsafePointer<FieldPlan>
    init(_ pointer: UnsafePointer<FieldPlan>) { self.pointer = pointer }
  }
}
