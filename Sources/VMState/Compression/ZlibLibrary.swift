/// zlib's functions; the first argument of most is a `ZlibStream`.
struct ZlibLibrary: Sendable {
  typealias Init =
    @convention(c) (
      UnsafeMutableRawPointer, Int32, UnsafePointer<CChar>?, Int32
    ) -> Int32
  typealias DeflateInit =
    @convention(c) (
      UnsafeMutableRawPointer, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>?,
      Int32
    ) -> Int32
  typealias Step = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32
  typealias Plain = @convention(c) (UnsafeMutableRawPointer) -> Int32

  let version: @convention(c) () -> UnsafePointer<CChar>?
  let inflateInit: Init
  let inflate: Step
  let inflateReset: Plain
  let inflateEnd: Plain
  let deflateInit: DeflateInit
  let deflate: Step
  let deflateReset: Plain
  let deflateEnd: Plain

  private init() throws(VMStateError) {
    let library = try SharedLibrary.zlib()
    version = try library.function("zlibVersion")
    inflateInit = try library.function("inflateInit2_")
    inflate = try library.function("inflate")
    inflateReset = try library.function("inflateReset")
    inflateEnd = try library.function("inflateEnd")
    deflateInit = try library.function("deflateInit2_")
    deflate = try library.function("deflate")
    deflateReset = try library.function("deflateReset")
    deflateEnd = try library.function("deflateEnd")
  }

  private static let opened: Result<ZlibLibrary, VMStateError> = LibraryResult.of {
    () throws(VMStateError) in try ZlibLibrary()
  }

  /// The library, opened once.
  ///
  /// - Throws: `unsupported` if it is not installed.
  static func shared() throws(VMStateError) -> ZlibLibrary { try opened.get() }

  // Results of its functions.
  static let ok: Int32 = 0
  static let streamEnd: Int32 = 1
  static let noProgress: Int32 = -5
  static let noMemory: Int32 = -4
  // Arguments of its functions.
  static let deflated: Int32 = 8
  static let memoryLevel: Int32 = 8

  static func number(of flush: CodingFlush) -> Int32 {
    switch flush {
    case .none: 0
    case .sync: 2
    case .finish: 4
    }
  }

  static func failure(_ message: String, _ result: Int32) -> VMStateError {
    VMStateError(.limitExceeded, message, found: "its error \(result)")
  }
}

/// `z_stream` of zlib.h for systems with 64-bit pointers and longs.
struct ZlibStream {
  var nextIn: UnsafeRawPointer?
  var availableIn: UInt32 = 0
  var totalIn: UInt = 0
  var nextOut: UnsafeMutableRawPointer?
  var availableOut: UInt32 = 0
  var totalOut: UInt = 0
  var message: UnsafePointer<CChar>?
  var state: UnsafeMutableRawPointer?
  var allocate: UnsafeMutableRawPointer?
  var free: UnsafeMutableRawPointer?
  var opaque: UnsafeMutableRawPointer?
  var dataType: Int32 = 0
  var checksum: UInt = 0
  var reserved: UInt = 0

  /// Sets what the next step works on; at most 4 GiB of either is taken.
  ///
  /// - Returns: How much was set.
  mutating func set(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> (given: Int, room: Int) {
    nextIn = input.baseAddress
    availableIn = UInt32(clamping: input.count)
    // No room is no error, but the library wants an address.
    nextOut = output.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 1)
    availableOut = UInt32(clamping: output.count)
    return (Int(availableIn), Int(availableOut))
  }

  /// What went wrong, in the library's words.
  var problem: String? { message.map { String(cString: $0) } }
}

/// Turns a throwing start into a value that can be kept.
enum LibraryResult {
  static func of<Value>(
    _ make: () throws(VMStateError) -> Value
  ) -> Result<Value, VMStateError> {
    do throws(VMStateError) { return .success(try make()) } catch { return .failure(error) }
  }
}
