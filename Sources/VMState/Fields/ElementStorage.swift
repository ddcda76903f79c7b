/// Where a field's elements are in the state's memory.
class ElementStorage: @unchecked Sendable {
  // Immutable after init in every subclass.

  /// The state bytes that this storage covers (for the coverage test).
  var memory: [Range<Int>] { [] }
  /// The place in the state, where the elements are part of it and their number is fixed.
  var inlinePlace: (offset: Int, stride: Int, count: Int)? { nil }

  /// The number of elements, where the table fixes it.
  var fixedCount: Int? { nil }
  /// Bytes of one element, where the storage and not the codec knows them (buffers).
  var bufferSize: Int? { nil }

  /// Number of elements now; zero or less means none.
  func count(_ state: UnsafeRawPointer) -> Int { preconditionFailure("abstract") }

  /// Lends the elements for a save.
  ///
  /// - Parameter changing: A hook may change them, so they must not be shared with a copy of
  ///   the state.
  func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    preconditionFailure("abstract")
  }

  /// Lends the elements for writing; makes room first where the row says so.
  func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try withRun(state, count: count, changing: true, body)
  }

  /// Empties storage that a load resizes.
  func clear(_ state: UnsafeMutableRawPointer) {}

  /// The elements are in memory outside of the state itself.
  var ownsMemory: Bool { false }

  /// Moves memory of a state that is not needed any more into a staged copy, so that the copy
  /// shares nothing with the live state and a load into it allocates nothing.
  func reuse(
    _ spare: UnsafeMutableRawPointer, in staged: UnsafeMutableRawPointer, isOverwritten: Bool
  ) {}
}

/// Elements that are part of the state itself: a property, an `InlineArray`, a tuple.
final class InlineStorage: ElementStorage, @unchecked Sendable {
  let offset: Int
  let stride: Int
  /// Memory of one element without its tail padding, where another property may live.
  let size: Int
  let capacity: Int
  // nil: always `capacity`.
  private let counter: (@Sendable (UnsafeRawPointer) -> Int)?

  init(
    offset: Int, stride: Int, size: Int? = nil, capacity: Int = 1,
    counter: (@Sendable (UnsafeRawPointer) -> Int)? = nil
  ) {
    self.offset = offset
    self.stride = stride
    self.size = size ?? stride
    self.capacity = capacity
    self.counter = counter
  }

  override var memory: [Range<Int>] {
    [offset..<offset + (capacity > 0 ? stride * (capacity - 1) + size : 0)]
  }
  override var inlinePlace: (offset: Int, stride: Int, count: Int)? {
    counter == nil ? (offset, stride, capacity) : nil
  }
  override var fixedCount: Int? { counter == nil ? capacity : nil }

  override func count(_ state: UnsafeRawPointer) -> Int { counter?(state) ?? capacity }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try checkCapacity(count, capacity)
    try body(ElementRun(base: state + offset, stride: stride, count: count))
  }
}

/// Throws `countExceedsCapacity` when a count does not fit.
func checkCapacity(_ count: Int, _ capacity: Int) throws(VMStateError) {
  guard count <= capacity else {
    throw VMStateError(
      .countExceedsCapacity, "more elements than the property holds",
      expected: "at most \(capacity)", found: "\(count)")
  }
}

extension LoadContext {
  /// Throws `limitExceeded` when a field demands more memory than the limits allow.
  func checkFieldBytes(_ bytes: Int) throws(VMStateError) {
    guard bytes <= limits.fieldBytes else {
      throw VMStateError(
        .limitExceeded, "the field demands more memory than the limit",
        expected: "at most \(limits.fieldBytes) bytes", found: "\(bytes)")
    }
  }
}
