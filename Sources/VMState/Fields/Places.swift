/// The offset of a stored property; refuses everything else with a sentence.
func storedOffset<State, Value>(_ path: KeyPath<State, Value>, row name: String) -> Int {
  guard let offset = MemoryLayout<State>.offset(of: path) else {
    preconditionFailure(
      """
      the row '\(name)' over \(State.self) does not name a stored property of a struct \
      (computed, observed, lazy and class properties have no place in memory): \
      use a Computed or Custom row
      """)
  }
  return offset
}

/// Reads an element count as QEMU does: 32-bit members as signed, so 2^31 and above mean none.
func storedCount<State, Count: FixedWidthInteger & WireScalar>(
  _ path: KeyPath<State, Count>, row name: String, times factor: Int = 1
) -> @Sendable (UnsafeRawPointer) -> Int {
  let offset = storedOffset(path, row: name)
  return { state in
    let value = state.load(fromByteOffset: offset, as: Count.self)
    let count =
      Count.bitWidth == 32 ? Int(Int32(truncatingIfNeeded: value)) : Int(clamping: value)
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}

/// The range of a fixed array, checked when the table is built.
func checkedRange(_ range: Range<Int>?, _ count: Int, _ name: String) -> Range<Int> {
  guard let range else { return 0..<count }
  precondition(
    range.lowerBound >= 0 && range.upperBound <= count,
    "the row '\(name)' takes \(range) of an array of \(count)")
  return range
}

/// The number of members of a tuple of equal types; refuses any other type.
func tupleCount<Tuple, Element>(
  _ tuple: Tuple.Type, _ element: Element.Type, _ name: String
) -> Int {
  let member = String(reflecting: element)
  var text = Substring(String(reflecting: tuple))
  var count = 0
  var isTuple = text.first == "(" && text.last == ")"
  text = text.dropFirst().dropLast()
  while isTuple, !text.isEmpty {
    if let colon = text.firstIndex(of: ":"), !text.hasPrefix(member),
      text[..<colon].allSatisfy({ $0 == "_" || $0.isLetter || $0.isNumber })
    {
      text = text[colon...].dropFirst(2)  // a label
    }
    isTuple = text.hasPrefix(member)
    text = text.dropFirst(member.count)
    isTuple = isTuple && (text.isEmpty || text.hasPrefix(", "))
    text = text.dropFirst(2)
    count += 1
  }
  precondition(isTuple && count > 0, "the row '\(name)': \(tuple) is no tuple of \(element)")
  return count
}

/// The memory of named properties.
func coveredMemory<State>(_ paths: [PartialKeyPath<State>]) -> [Range<Int>] {
  paths.map { path in
    guard let offset = MemoryLayout<State>.offset(of: path) else {
      preconditionFailure(
        "a row over \(State.self) says that it covers \(path), which is no stored property")
    }
    return offset..<offset + valueSize(type(of: path).valueType)
  }
}

private func valueSize(_ type: any Any.Type) -> Int {
  func size<T>(_ type: T.Type) -> Int { MemoryLayout<T>.size }
  return _openExistential(type, do: size)
}

extension InlineStorage {
  /// One property.
  convenience init<State, Value>(property path: KeyPath<State, Value>, row name: String) {
    self.init(
      offset: storedOffset(path, row: name), stride: MemoryLayout<Value>.stride,
      size: MemoryLayout<Value>.size)
  }

  /// A part of a fixed array.
  convenience init<State, let count: Int, Element>(
    elements path: KeyPath<State, InlineArray<count, Element>>, range: Range<Int>?,
    row name: String
  ) {
    let range = checkedRange(range, count, name)
    let stride = MemoryLayout<Element>.stride
    self.init(
      offset: storedOffset(path, row: name) + range.lowerBound * stride, stride: stride,
      capacity: range.count)
  }

  /// The beginning of a fixed array, as long as another member says.
  convenience init<State, let capacity: Int, Element>(
    elements path: KeyPath<State, InlineArray<capacity, Element>>, row name: String,
    counter: @escaping @Sendable (UnsafeRawPointer) -> Int
  ) {
    self.init(
      offset: storedOffset(path, row: name), stride: MemoryLayout<Element>.stride,
      capacity: capacity, counter: counter)
  }

  /// A fixed array of fixed arrays, row by row.
  convenience init<State, let rows: Int, let columns: Int, Element>(
    grid path: KeyPath<State, InlineArray<rows, InlineArray<columns, Element>>>, row name: String
  ) {
    self.init(
      offset: storedOffset(path, row: name), stride: MemoryLayout<Element>.stride,
      capacity: rows * columns)
  }

  /// The members of a tuple.
  convenience init<State, Tuple, Element>(
    tuple path: KeyPath<State, Tuple>, of element: Element.Type, row name: String
  ) {
    self.init(
      offset: storedOffset(path, row: name), stride: MemoryLayout<Element>.stride,
      size: MemoryLayout<Element>.size, capacity: tupleCount(Tuple.self, Element.self, name))
  }
}

extension ArrayStorage {
  /// A fixed part of a Swift array.
  convenience init<State>(
    _ path: KeyPath<State, [Element]>, count: Int, first: Int, row name: String
  ) {
    precondition(count >= 0 && first >= 0, "the row '\(name)' has a negative count or start")
    self.init(offset: storedOffset(path, row: name), range: first..<first + count)
  }
}
