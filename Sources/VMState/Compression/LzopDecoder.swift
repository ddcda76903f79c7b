/// Decodes lzop files, piece by piece, without any library.
///
/// Wire, behind the header: blocks of be32 size, be32 compressed size, the sums that the
/// header's flags name, bytes (not compressed if both sizes are equal); be32 0 ends the file.
public final class LzopDecoder: StreamDecoder, @unchecked Sendable {
  // Used by one thread at a time.
  /// Largest block that is taken, in bytes; lzop writes 256 KiB.
  private static let largestBlock: UInt32 = 8 << 20

  private enum Step {
    case header
    case size
    case block(size: UInt32)
    case data(size: Int, sums: LzopSums)
    case giving
  }

  private var step = Step.header
  private var pending: [UInt8] = []
  private var flags: LzopHeader.Flags = []
  private var content: [UInt8] = []
  private var given = 0

  /// Makes a decoder.
  public init() {}

  /// Begins with another file.
  public func reset() { (step, pending) = (.header, []) }

  /// Decodes some bytes.
  ///
  /// - Returns: How far it came; finished at the end of an lzop file.
  /// - Throws: `badCompression`, `unsupported`, `limitExceeded`.
  public func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress {
    var rest = input[...]
    while true {
      if case .giving = step {
        let produced = give(output)
        return CodingProgress(
          consumed: input.count - rest.count, produced: produced, isFinished: false)
      }
      guard let isEnd = try advance(&rest) else { break }
      if isEnd {
        return CodingProgress(consumed: input.count - rest.count, produced: 0, isFinished: true)
      }
    }
    return CodingProgress(consumed: input.count, produced: 0, isFinished: false)
  }

  private func give(_ output: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(output.count, content.count - given)
    content.withUnsafeBytes {
      output.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[given..<given + count]))
    }
    given += count
    if given == content.count { step = .size }
    return count
  }

  /// Takes bytes for the present step; nil if there are too few, true at the file's end.
  private func advance(
    _ rest: inout Slice<UnsafeRawBufferPointer>
  ) throws(VMStateError) -> Bool? {
    switch step {
    case .header:
      guard let byte = rest.popFirst() else { return nil }
      pending.append(byte)
      if let header = try LzopHeader(pending) { begin(header) }
      return false
    case .size:
      guard gather(4, &rest) else { return nil }
      let size = takeNumbers()[0]
      if size > 0 { step = .block(size: size) }
      return size == 0
    case .block(let size):
      guard gather(4, &rest) else { return nil }
      try check(size)
      let packed = pending.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
      guard packed > 0, packed <= size else { throw LZO1X.damaged }
      guard gather(4 + 4 * LzopSums.count(flags, isPacked: packed < size), &rest) else {
        return nil
      }
      step = .data(size: Int(packed), sums: LzopSums(takeNumbers(), size, flags))
      return false
    case .data(let size, let sums):
      guard gather(size, &rest) else { return nil }
      try decode(sums)
      return false
    case .giving: return false
    }
  }

  private func begin(_ header: LzopHeader) {
    flags = header.flags
    (step, pending) = (.size, [])
  }

  private func check(_ size: UInt32) throws(VMStateError) {
    guard size <= Self.largestBlock else {
      throw VMStateError(
        .limitExceeded, "an lzop block is too large", expected: "at most \(Self.largestBlock)",
        found: "\(size)")
    }
  }

  private func gather(_ count: Int, _ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
    let piece = rest.prefix(max(0, count - pending.count))
    pending.append(contentsOf: piece)
    rest = rest.dropFirst(piece.count)
    return pending.count >= count
  }

  private func takeNumbers() -> [UInt32] {
    defer { pending = [] }
    return stride(from: 0, to: pending.count, by: 4).map { place in
      pending[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  private func decode(_ sums: LzopSums) throws(VMStateError) {
    content = [UInt8](repeating: 0, count: sums.size)
    if pending.count == sums.size {
      content = pending
    } else {
      var failure: VMStateError?
      pending.withUnsafeBytes { input in
        content.withUnsafeMutableBytes { output in
          do throws(VMStateError) {
            try LZO1X.decode(input, into: output)
          } catch {
            failure = error
          }
        }
      }
      if let failure { throw failure }
    }
    try sums.check(content)
    (step, pending, given) = (.giving, [], 0)
  }
}
