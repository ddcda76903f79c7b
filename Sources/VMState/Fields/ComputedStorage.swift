/// A value that is no stored property: read through one closure and written through another.
final class ComputedStorage<State, Value>: ElementStorage, @unchecked Sendable {
  private let get: @Sendable (State) -> Value
  private let set: @Sendable (inout State, Value) -> Void
  private let covered: [Range<Int>]

  init(
    get: @escaping @Sendable (State) -> Value,
    set: @escaping @Sendable (inout State, Value) -> Void, covered: [Range<Int>]
  ) {
    self.get = get
    self.set = set
    self.covered = covered
  }

  override var memory: [Range<Int>] { covered }
  override var fixedCount: Int? { 1 }
  override func count(_ state: UnsafeRawPointer) -> Int { 1 }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var value = get(state.assumingMemoryBound(to: State.self).pointee)
    try lend(&value, body)
  }

  override func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let typed = state.assumingMemoryBound(to: State.self)
    var value = get(typed.pointee)
    try lend(&value, body)
    set(&typed.pointee, value)
  }

  private func lend(
    _ value: inout Value, _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &value) { pointer in
      do throws(VMStateError) {
        try body(ElementRun(base: pointer, stride: MemoryLayout<Value>.stride, count: 1))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
