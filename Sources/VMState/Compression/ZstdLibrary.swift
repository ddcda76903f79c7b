/// zstd's functions; contexts are opaque, buffers are a `ZstdBuffer`.
struct ZstdLibrary: Sendable {
  typealias Create = @convention(c) () -> UnsafeMutableRawPointer?
  typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Int
  typealias SetParameter = @convention(c) (UnsafeMutableRawPointer, Int32, Int32) -> Int
  typealias Reset = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int
  typealias Decompress =
    @convention(c) (
      UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer
    ) -> Int
  typealias Compress =
    @convention(c) (
      UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int32
    ) -> Int

  let createDecoder: Create
  let freeDecoder: Free
  let setDecoder: SetParameter
  let resetDecoder: Reset
  let decompress: Decompress
  let createEncoder: Create
  let freeEncoder: Free
  let setEncoder: SetParameter
  let resetEncoder: Reset
  let compress: Compress
  private let isError: @convention(c) (Int) -> UInt32
  private let errorName: @convention(c) (Int) -> UnsafePointer<CChar>?

  private init() throws(VMStateError) {
    let library = try SharedLibrary.zstd()
    createDecoder = try library.function("ZSTD_createDCtx")
    freeDecoder = try library.function("ZSTD_freeDCtx")
    setDecoder = try library.function("ZSTD_DCtx_setParameter")
    resetDecoder = try library.function("ZSTD_DCtx_reset")
    decompress = try library.function("ZSTD_decompressStream")
    createEncoder = try library.function("ZSTD_createCCtx")
    freeEncoder = try library.function("ZSTD_freeCCtx")
    setEncoder = try library.function("ZSTD_CCtx_setParameter")
    resetEncoder = try library.function("ZSTD_CCtx_reset")
    compress = try library.function("ZSTD_compressStream2")
    isError = try library.function("ZSTD_isError")
    errorName = try library.function("ZSTD_getErrorName")
  }

  private static let opened: Result<ZstdLibrary, VMStateError> = LibraryResult.of {
    () throws(VMStateError) in try ZstdLibrary()
  }

  /// The library, opened once.
  ///
  /// - Throws: `unsupported` if it is not installed.
  static func shared() throws(VMStateError) -> ZstdLibrary { try opened.get() }

  /// What went wrong, in the library's words; nil if nothing did.
  func problem(_ result: Int) -> String? {
    guard isError(result) != 0 else { return nil }
    return errorName(result).map { String(cString: $0) } ?? "error \(result)"
  }

  // Arguments of its functions.
  static let largestWindow: Int32 = 100
  static let level: Int32 = 100
  static let resetSession: Int32 = 1

  static func number(of flush: CodingFlush) -> Int32 {
    switch flush {
    case .none: 0
    case .sync: 1
    case .finish: 2
    }
  }
}

/// `ZSTD_inBuffer` and `ZSTD_outBuffer` of zstd.h: one layout.
struct ZstdBuffer {
  var base: UnsafeRawPointer?
  var size: Int
  var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    base = bytes.baseAddress
    size = bytes.count
  }
}
