/// Decodes bzip2 streams, piece by piece; takes less than 4 MiB of memory.
public final class BzipDecoder: StreamDecoder, @unchecked Sendable {
  // Used by one thread at a time. On the heap: the library keeps the address.
  private let stream: UnsafeMutablePointer<BzipStream>
  private let library: BzipLibrary

  /// Makes a decoder.
  ///
  /// - Throws: `unsupported` if bzip2 is not installed, `limitExceeded` without memory.
  public init() throws(VMStateError) {
    let library = try BzipLibrary.shared()
    let stream = UnsafeMutablePointer<BzipStream>.allocate(capacity: 1)
    stream.initialize(to: BzipStream())
    do throws(VMStateError) {
      try library.check(library.start(stream, 0, 0))
    } catch {
      stream.deallocate()
      throw error
    }
    (self.library, self.stream) = (library, stream)
  }

  deinit {
    _ = library.end(stream)
    stream.deallocate()
  }

  /// Decodes some bytes.
  ///
  /// - Returns: How far it came; finished at the end of a bzip2 stream.
  /// - Throws: `badCompression`.
  public func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress {
    let (given, room) = stream.pointee.set(input, output)
    let result = library.step(stream)
    let consumed = given - Int(stream.pointee.availableIn)
    let produced = room - Int(stream.pointee.availableOut)
    guard result == BzipLibrary.ok || result == BzipLibrary.streamEnd else {
      throw VMStateError(
        .badCompression, "the bzip2 data is damaged", found: "the library's error \(result)")
    }
    return CodingProgress(
      consumed: consumed, produced: produced, isFinished: result == BzipLibrary.streamEnd)
  }

  /// Begins with another bzip2 stream.
  public func reset() throws(VMStateError) {
    _ = library.end(stream)
    stream.pointee = BzipStream()
    try library.check(library.start(stream, 0, 0))
  }
}

/// The functions of bzip2's library; their first argument is a `BzipStream`.
struct BzipLibrary: Sendable {
  let start: @convention(c) (UnsafeMutableRawPointer, Int32, Int32) -> Int32
  let step: @convention(c) (UnsafeMutableRawPointer) -> Int32
  let end: @convention(c) (UnsafeMutableRawPointer) -> Int32

  private init() throws(VMStateError) {
    let library = try SharedLibrary.bzip2()
    start = try library.function("BZ2_bzDecompressInit")
    step = try library.function("BZ2_bzDecompress")
    end = try library.function("BZ2_bzDecompressEnd")
  }

  private static let opened: Result<BzipLibrary, VMStateError> = LibraryResult.of {
    () throws(VMStateError) in try BzipLibrary()
  }

  static func shared() throws(VMStateError) -> BzipLibrary { try opened.get() }

  // Results of its functions.
  static let ok: Int32 = 0
  static let streamEnd: Int32 = 4

  func check(_ result: Int32) throws(VMStateError) {
    guard result == Self.ok else {
      throw VMStateError(.limitExceeded, "bzip2 cannot start", found: "its error \(result)")
    }
  }
}

/// `bz_stream` of bzlib.h for systems with 64-bit pointers.
struct BzipStream {
  var nextIn: UnsafeRawPointer?
  var availableIn: UInt32 = 0
  var totalIn: (low: UInt32, high: UInt32) = (0, 0)
  var nextOut: UnsafeMutableRawPointer?
  var availableOut: UInt32 = 0
  var totalOut: (low: UInt32, high: UInt32) = (0, 0)
  var state: UnsafeMutableRawPointer?
  var allocate: UnsafeMutableRawPointer?
  var free: UnsafeMutableRawPointer?
  var opaque: UnsafeMutableRawPointer?

  /// Sets what the next step works on; at most 4 GiB of either is taken.
  mutating func set(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> (given: Int, room: Int) {
    nextIn = input.baseAddress
    availableIn = UInt32(clamping: input.count)
    nextOut = output.baseAddress
    availableOut = UInt32(clamping: output.count)
    return (Int(availableIn), Int(availableOut))
  }
}
