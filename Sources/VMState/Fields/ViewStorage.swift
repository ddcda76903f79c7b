/// The whole state as one element.
final class ViewStorage: ElementStorage, @unchecked Sendable {
  private let covered: [Range<Int>]
  init(covered: [Range<Int>]) { self.covered = covered }
  override var memory: [Range<Int>] { covered }
  override var fixedCount: Int? { 1 }
  override func count(_ state: UnsafeRawPointer) -> Int { 1 }
  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try body(ElementRun(base: state, stride: 0, count: 1))
  }
}
