/// Where a field's elements are in the state's memory.
class ElementStorage: @unchecked Sendable {
  // Immutable after init in every subclass.

  /// The state bytes that this storage covers (for the coverage test).
  var memory: [Range<Int>] { [] }
  /// The place in the state, where the elements are part of it and their number is fixed.
  var inlinePlace: (offset: Int, stride: Int, count: Int)? { nil }

  /// Number of elements now; zero or less means none.
  func count(_ state: UnsafeRawPointer) -> Int { preconditionFailure("abstract") }

  /// Lends the elements for reading.
  func withRun(
    _ state: UnsafeMutableRawPointer, count: Int,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    preconditionFailure("abstract")
  }

  /// Lends the elements for writing; makes room first where the row says so.
  func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try withRun(state, count: count, body)
  }
}

/// Elements that are part of the state itself: a property, an `InlineArray`, a tuple.
final class InlineStorage: ElementStorage, @unchecked Sendable {
  let offset: Int
  let stride: Int
  let capacity: Int
  // nil: always `capacity`.
  private let counter: (@Sendable (UnsafeRawPointer) -> Int)?

  init(
    offset: Int, stride: Int, capacity: Int = 1,
    counter: (@Sendable (UnsafeRawPointer) -> Int)? = nil
  ) {
    self.offset = offset
    self.stride = stride
    self.capacity = capacity
    self.counter = counter
  }

  override var memory: [Range<Int>] { [offset..<offset + stride * capacity] }
  override var inlinePlace: (offset: Int, stride: Int, count: Int)? {
    counter == nil ? (offset, stride, capacity) : nil
  }

  override func count(_ state: UnsafeRawPointer) -> Int { counter?(state) ?? capacity }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try checkCapacity(count, capacity)
    try body(ElementRun(base: state + offset, stride: stride, count: count))
  }
}

/// Elements of a Swift array in the state.
final class ArrayStorage<Element>: ElementStorage, @unchecked Sendable {
  private let offset: Int
  private let range: Range<Int>?
  private let counter: @Sendable (UnsafeRawPointer) -> Int
  private let growth: Element?

  /// - Parameters:
  ///   - offset: Of the array property.
  ///   - range: Part of the array; nil for its beginning.
  ///   - counter: Number of elements.
  ///   - growth: What new elements start as, where a load sets the array's size; nil keeps
  ///     the destination's size as the capacity.
  init(
    offset: Int, range: Range<Int>? = nil, growth: Element? = nil,
    counter: @escaping @Sendable (UnsafeRawPointer) -> Int
  ) {
    self.offset = offset
    self.range = range
    self.counter = counter
    self.growth = growth
  }

  override var memory: [Range<Int>] { [offset..<offset + MemoryLayout<[Element]>.size] }
  override func count(_ state: UnsafeRawPointer) -> Int { counter(state) }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let array = (state + offset).assumingMemoryBound(to: [Element].self)
    let first = range?.lowerBound ?? 0
    try checkCapacity(first + count, array.pointee.count)
    var failure: VMStateError?
    array.pointee.withUnsafeBufferPointer { elements in
      do throws(VMStateError) { try body(Self.run(elements.baseAddress, first, count)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  override func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let array = (state + offset).assumingMemoryBound(to: [Element].self)
    let first = range?.lowerBound ?? 0
    if let growth, array.pointee.count != count {
      let bytes = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
      try context.checkFieldBytes(bytes.overflow ? .max : bytes.partialValue)
      array.pointee = Array(repeating: growth, count: count)
    }
    try checkCapacity(first + count, array.pointee.count)
    var failure: VMStateError?
    array.pointee.withUnsafeMutableBufferPointer { elements in
      do throws(VMStateError) {
        try body(Self.run(elements.baseAddress.map { UnsafePointer($0) }, first, count))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private static func run(
    _ base: UnsafePointer<Element>?, _ first: Int, _ count: Int
  ) -> ElementRun {
    let start = base.map { UnsafeMutableRawPointer(mutating: $0 + first) }
    return ElementRun(
      base: start ?? UnsafeMutableRawPointer(bitPattern: 64)!,
      stride: MemoryLayout<Element>.stride, count: count)
  }
}

/// One buffer of bytes in a Swift array: a single element as long as the buffer.
final class BufferStorage: ElementStorage, @unchecked Sendable {
  private let bytes: ArrayStorage<UInt8>

  init(_ bytes: ArrayStorage<UInt8>) { self.bytes = bytes }

  override var memory: [Range<Int>] { bytes.memory }
  override func count(_ state: UnsafeRawPointer) -> Int { 1 }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try bytes.withRun(state, count: try size(state)) { (run) throws(VMStateError) in
      try body(ElementRun(base: run.base, stride: run.count, count: 1))
    }
  }

  override func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try bytes.withMutableRun(state, count: try size(state), context) {
      (run) throws(VMStateError) in
      try body(ElementRun(base: run.base, stride: run.count, count: 1))
    }
  }

  private func size(_ state: UnsafeRawPointer) throws(VMStateError) -> Int {
    let size = bytes.count(state)
    guard size >= 0 else {
      throw VMStateError(
        .valueOutOfRange, "the length of a buffer is negative", expected: "0 or more",
        found: "\(size)")
    }
    return size
  }
}

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
  override func count(_ state: UnsafeRawPointer) -> Int { 1 }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int,
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
