/// Decodes xz streams, piece by piece.
public final class XZDecoder: StreamDecoder, @unchecked Sendable {
  // Used by one thread at a time. On the heap: the library keeps the address.
  private let stream: UnsafeMutablePointer<XZStream>
  private let library: XZLibrary
  private let memoryLimit: Int

  /// Makes a decoder.
  ///
  /// - Parameter memoryLimit: Most memory that it takes, in bytes.
  /// - Throws: `unsupported` if liblzma is not installed, `limitExceeded` without memory.
  public init(
    memoryLimit: Int = DecompressionLimits.defaultMemory
  ) throws(VMStateError) {
    library = try XZLibrary.shared()
    self.memoryLimit = memoryLimit
    stream = UnsafeMutablePointer<XZStream>.allocate(capacity: 1)
    stream.initialize(to: XZStream())
    try reset()
  }

  deinit {
    library.end(stream)
    stream.deallocate()
  }

  /// Decodes some bytes.
  ///
  /// - Returns: How far it came; finished at the end of an xz stream.
  /// - Throws: `badCompression`, `limitExceeded` for data that needs more memory.
  public func process(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> CodingProgress {
    stream.pointee.nextIn = input.baseAddress
    stream.pointee.availableIn = input.count
    stream.pointee.nextOut = output.baseAddress
    stream.pointee.availableOut = output.count
    let result = library.step(stream, 0)
    let isFinished = result == XZLibrary.streamEnd
    guard isFinished || result == XZLibrary.ok || result == XZLibrary.noProgress else {
      throw failure(result)
    }
    return CodingProgress(
      consumed: input.count - stream.pointee.availableIn,
      produced: output.count - stream.pointee.availableOut, isFinished: isFinished)
  }

  /// Begins with another xz stream.
  public func reset() throws(VMStateError) {
    let result = library.start(stream, UInt64(clamping: memoryLimit), 0)
    guard result == XZLibrary.ok else { throw failure(result) }
  }

  private func failure(_ result: UInt32) -> VMStateError {
    if result == XZLibrary.memoryLimit {
      return VMStateError(
        .limitExceeded, "the xz data needs more memory than the limit allows",
        expected: "at most \(memoryLimit) bytes", found: "\(library.memoryUse(stream)) bytes")
    }
    if result == XZLibrary.noMemory {
      return VMStateError(.limitExceeded, "the xz library has no memory")
    }
    return VMStateError(
      .badCompression, "the xz data is damaged", found: "the library's error \(result)")
  }
}

/// liblzma's functions; the first argument is an `XZStream`.
struct XZLibrary: Sendable {
  let start: @convention(c) (UnsafeMutableRawPointer, UInt64, UInt32) -> UInt32
  let step: @convention(c) (UnsafeMutableRawPointer, UInt32) -> UInt32
  let end: @convention(c) (UnsafeMutableRawPointer) -> Void
  let memoryUse: @convention(c) (UnsafeMutableRawPointer) -> UInt64

  private init() throws(VMStateError) {
    let library = try SharedLibrary.lzma()
    start = try library.function("lzma_stream_decoder")
    step = try library.function("lzma_code")
    end = try library.function("lzma_end")
    memoryUse = try library.function("lzma_memusage")
  }

  private static let opened: Result<XZLibrary, VMStateError> = LibraryResult.of {
    () throws(VMStateError) in try XZLibrary()
  }

  static func shared() throws(VMStateError) -> XZLibrary { try opened.get() }

  // Results of its functions.
  static let ok: UInt32 = 0
  static let streamEnd: UInt32 = 1
  static let noMemory: UInt32 = 5
  static let memoryLimit: UInt32 = 6
  static let noProgress: UInt32 = 10
}

/// `lzma_stream` of lzma/base.h for systems with 64-bit pointers.
struct XZStream {
  var nextIn: UnsafeRawPointer?
  var availableIn = 0
  var totalIn: UInt64 = 0
  var nextOut: UnsafeMutableRawPointer?
  var availableOut = 0
  var totalOut: UInt64 = 0
  var allocator: UnsafeRawPointer?
  var state: UnsafeMutableRawPointer?
  private var pointers: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)
  private var numbers: (UInt64, UInt64, Int, Int) = (0, 0, 0, 0)
  private var kinds: (UInt32, UInt32) = (0, 0)

  init() {}
}
