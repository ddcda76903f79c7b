/// Elements of a Swift array in the state.
final class ArrayStorage<Element>: ElementStorage, @unchecked Sendable {
  /// What a load makes of an array whose size it sets.
  enum Growth {
    /// Nothing: the destination's size is the capacity.
    case none
    /// Exactly the counted size; elements that the stream overwrites whole.
    case resized(Element)
    /// Exactly the counted size, every element afresh.
    case renewed(Element)
  }

  private let offset: Int
  private let first: Int
  private let fixed: Int?
  private let counter: @Sendable (UnsafeRawPointer) -> Int
  private let growth: Growth

  /// - Parameters:
  ///   - offset: Of the array property.
  ///   - range: The part of the array that travels.
  init(offset: Int, range: Range<Int>) {
    self.offset = offset
    first = range.lowerBound
    let count = range.count
    fixed = count
    counter = { _ in count }
    growth = .none
  }

  /// - Parameters:
  ///   - offset: Of the array property.
  ///   - growth: What a load makes of the array.
  ///   - counter: Number of elements.
  init(offset: Int, growth: Growth, counter: @escaping @Sendable (UnsafeRawPointer) -> Int) {
    self.offset = offset
    first = 0
    fixed = nil
    self.counter = counter
    self.growth = growth
  }

  override var memory: [Range<Int>] { [offset..<offset + MemoryLayout<[Element]>.size] }
  override var fixedCount: Int? { fixed }
  override func count(_ state: UnsafeRawPointer) -> Int { counter(state) }

  private func array(_ state: UnsafeMutableRawPointer) -> UnsafeMutablePointer<[Element]> {
    (state + offset).assumingMemoryBound(to: [Element].self)
  }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let array = array(state)
    try checkCapacity(first + count, array.pointee.count)
    if changing { return try withUniqueRun(array, count, body) }
    var failure: VMStateError?
    array.pointee.withUnsafeBufferPointer { elements in
      do throws(VMStateError) { try body(run(elements.baseAddress, count)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  override func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let array = array(state)
    switch growth {
    case .none: break
    case .resized(let element):
      if array.pointee.count != count { try resize(array, count, element, context) }
    case .renewed(let element):
      try resize(array, count, element, context)
    }
    try checkCapacity(first + count, array.pointee.count)
    try withUniqueRun(array, count, body)
  }

  override func clear(_ state: UnsafeMutableRawPointer) {
    if case .none = growth { return }
    array(state).pointee = []
  }

  override var ownsMemory: Bool { true }
  override func reuse(
    _ spare: UnsafeMutableRawPointer, in staged: UnsafeMutableRawPointer, isOverwritten: Bool
  ) {
    let old = array(spare)
    let new = array(staged)
    guard old.pointee.count == new.pointee.count, !old.pointee.isEmpty else { return }
    old.pointee.withUnsafeMutableBufferPointer { target in
      new.pointee.withUnsafeBufferPointer { source in
        target.baseAddress!.update(from: source.baseAddress!, count: source.count)
      }
    }
    swap(&old.pointee, &new.pointee)
  }

  private func resize(
    _ array: UnsafeMutablePointer<[Element]>, _ count: Int, _ element: Element,
    _ context: LoadContext
  ) throws(VMStateError) {
    let bytes = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    try context.checkFieldBytes(bytes.overflow ? .max : bytes.partialValue)
    array.pointee = Array(repeating: element, count: count)
  }

  private func withUniqueRun(
    _ array: UnsafeMutablePointer<[Element]>, _ count: Int,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var failure: VMStateError?
    array.pointee.withUnsafeMutableBufferPointer { elements in
      do throws(VMStateError) {
        try body(run(elements.baseAddress.map { UnsafePointer($0) }, count))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private func run(_ base: UnsafePointer<Element>?, _ count: Int) -> ElementRun {
    let start = base.map { UnsafeMutableRawPointer(mutating: $0 + first) }
    return ElementRun(
      base: start ?? UnsafeMutableRawPointer(bitPattern: 64)!,
      stride: MemoryLayout<Element>.stride, count: count)
  }
}

/// One buffer of bytes in a Swift array: a single element as long as the buffer.
///
/// The array may hold integers wider than a byte, whose memory then travels as it is.
final class BufferStorage<Element: BitwiseCopyable>: ElementStorage, @unchecked Sendable {
  private let elements: ArrayStorage<Element>

  init(_ elements: ArrayStorage<Element>) { self.elements = elements }

  override var memory: [Range<Int>] { elements.memory }
  override var fixedCount: Int? { 1 }
  override var bufferSize: Int? {
    elements.fixedCount.map { $0 * MemoryLayout<Element>.stride }
  }
  override func count(_ state: UnsafeRawPointer) -> Int { 1 }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try elements.withRun(state, count: try size(state), changing: changing) {
      (run) throws(VMStateError) in
      try body(ElementRun(base: run.base, stride: run.count * run.stride, count: 1))
    }
  }

  override func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try elements.withMutableRun(state, count: try size(state), context) {
      (run) throws(VMStateError) in
      try body(ElementRun(base: run.base, stride: run.count * run.stride, count: 1))
    }
  }

  private func size(_ state: UnsafeRawPointer) throws(VMStateError) -> Int {
    let size = elements.count(state)
    guard size >= 0 else {
      throw VMStateError(
        .valueOutOfRange, "the length of a buffer is negative", expected: "0 or more",
        found: "\(size)")
    }
    return size
  }
}
