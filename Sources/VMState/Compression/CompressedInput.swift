/// The bytes that a decoder has not taken yet, at most 64 KiB.
struct CompressedInput {
  /// What was read and not taken.
  struct Bytes {
    fileprivate var storage = [UInt8](repeating: 0, count: 1 << 16)
    fileprivate var range = 0..<0

    var count: Int { range.count }
    var first: UInt8? { range.isEmpty ? nil : storage[range.lowerBound] }
    func prefix(_ count: Int) -> ArraySlice<UInt8> { storage[range].prefix(count) }

    /// Lends the bytes.
    func withRange<Result>(
      _ body: (UnsafeRawBufferPointer) throws(VMStateError) -> Result
    ) throws(VMStateError) -> Result {
      var failure: VMStateError?
      let result = storage.withUnsafeBytes { all -> Result? in
        do throws(VMStateError) {
          return try body(UnsafeRawBufferPointer(rebasing: all[range]))
        } catch {
          failure = error
          return nil
        }
      }
      if let failure { throw failure }
      guard let result else { preconditionFailure("neither a result nor an error") }
      return result
    }
  }

  private(set) var bytes = Bytes()
  /// Bytes taken since the start.
  private(set) var position: UInt64 = 0

  mutating func take(_ count: Int) {
    bytes.range = bytes.range.dropFirst(count)
    position += UInt64(count)
  }

  /// Reads more; false at the end of the data.
  mutating func fill(from source: any ByteChannel) throws(VMStateError) -> Bool {
    makeRoom()
    let end = bytes.range.upperBound
    var failure: VMStateError?
    let count = bytes.storage.withUnsafeMutableBytes { all -> Int in
      do throws(VMStateError) {
        return try source.read(into: UnsafeMutableRawBufferPointer(rebasing: all[end...]))
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    bytes.range = bytes.range.lowerBound..<end + count
    return count > 0
  }

  /// Reads until so many bytes are there; false if the data ends before.
  mutating func fill(upTo count: Int, from source: any ByteChannel) throws(VMStateError) -> Bool {
    while bytes.count < count {
      guard try fill(from: source) else { return false }
    }
    return true
  }

  /// Moves what is left to the front.
  private mutating func makeRoom() {
    let range = bytes.range
    guard range.lowerBound > 0 else { return }
    for index in range { bytes.storage[index - range.lowerBound] = bytes.storage[index] }
    bytes.range = 0..<range.count
  }
}
