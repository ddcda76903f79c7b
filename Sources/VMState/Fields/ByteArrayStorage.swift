/// Bytes of a Swift array in the state, as one element as long as the buffer.
///
/// What `ArrayStorage` and `BufferStorage` do for any element, spelled out for the common one:
/// code over a type known here needs no type metadata at run time.
final class ByteArrayStorage: ElementStorage, @unchecked Sendable {
  private let offset: Int
  private let first: Int
  private let fixed: Int?
  private let counter: @Sendable (UnsafeRawPointer) -> Int
  private let isGrowing: Bool

  /// A fixed part of an array.
  init(offset: Int, range: Range<Int>) {
    self.offset = offset
    first = range.lowerBound
    let count = range.count
    fixed = count
    counter = { _ in count }
    isGrowing = false
  }

  /// The beginning of an array.
  ///
  /// - Parameter isGrowing: A load gives the array exactly the counted size.
  init(offset: Int, isGrowing: Bool, counter: @escaping @Sendable (UnsafeRawPointer) -> Int) {
    self.offset = offset
    first = 0
    fixed = nil
    self.counter = counter
    self.isGrowing = isGrowing
  }

  override var memory: [Range<Int>] { [offset..<offset + MemoryLayout<[UInt8]>.size] }
  override var fixedCount: Int? { 1 }
  override var bufferSize: Int? { fixed }
  override func count(_ state: UnsafeRawPointer) -> Int { 1 }

  private func array(_ state: UnsafeMutableRawPointer) -> UnsafeMutablePointer<[UInt8]> {
    (state + offset).assumingMemoryBound(to: [UInt8].self)
  }

  override func withRun(
    _ state: UnsafeMutableRawPointer, count: Int, changing: Bool,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let size = try checkedSize(state)
    let array = array(state)
    try checkCapacity(first + size, array.pointee.count)
    if changing { return try lend(array, size, body) }
    var failure: VMStateError?
    array.pointee.withUnsafeBufferPointer { bytes in
      do throws(VMStateError) {
        let base = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + first) }
        try body(ElementRun(base: base ?? Self.nowhere, stride: size, count: 1))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  override func withMutableRun(
    _ state: UnsafeMutableRawPointer, count: Int, _ context: LoadContext,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let size = try checkedSize(state)
    let array = array(state)
    if isGrowing, array.pointee.count != size {
      try context.checkFieldBytes(size)
      array.pointee = [UInt8](repeating: 0, count: size)
    }
    try checkCapacity(first + size, array.pointee.count)
    try lend(array, size, body)
  }

  override func clear(_ state: UnsafeMutableRawPointer) {
    if isGrowing { array(state).pointee = [] }
  }

  /// Gives a staged copy memory of its own, left over from an earlier load.
  override var ownsMemory: Bool { true }
  override func reuse(
    _ spare: UnsafeMutableRawPointer, in staged: UnsafeMutableRawPointer, isOverwritten: Bool
  ) {
    let old = array(spare)
    let new = array(staged)
    let count = new.pointee.count
    guard old.pointee.count == count, count > 0 else { return }
    if !isOverwritten || first > 0 || fixed != count {
      old.pointee.withUnsafeMutableBytes { target in
        new.pointee.withUnsafeBytes { target.copyMemory(from: $0) }
      }
    }
    swap(&old.pointee, &new.pointee)
  }

  private func lend(
    _ array: UnsafeMutablePointer<[UInt8]>, _ size: Int,
    _ body: (ElementRun) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var failure: VMStateError?
    array.pointee.withUnsafeMutableBytes { bytes in
      do throws(VMStateError) {
        let base = bytes.baseAddress.map { $0 + first } ?? Self.nowhere
        try body(ElementRun(base: base, stride: size, count: 1))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private func checkedSize(_ state: UnsafeRawPointer) throws(VMStateError) -> Int {
    let size = counter(state)
    guard size >= 0 else {
      throw VMStateError(
        .valueOutOfRange, "the length of a buffer is negative", expected: "0 or more",
        found: "\(size)")
    }
    return size
  }

  private static var nowhere: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: 64)! }
}
