/// Finds the end of one JSON value without reading it: brackets and strings are enough.
struct JSONScan {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  // A number or a word: it ends before what follows.
  private let isScalar: Bool
  /// The value has ended.
  private(set) var isComplete = false

  /// - Parameter first: The value's first byte.
  init(first: UInt8) {
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): isScalar = false
    default: isScalar = true
    }
  }

  /// Takes bytes; the number that belong to the value. A scalar takes at least one.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    if isScalar { return takeScalar(bytes) }
    var index = 0
    while index < bytes.count, !isComplete {
      if isInString {
        step(inString: bytes[index])
      } else {
        step(bytes[index])
      }
      index += 1
    }
    return index
  }

  @inline(__always)
  private mutating func step(inString byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      isInString = false
      isComplete = depth == 0
    }
  }

  @inline(__always)
  private mutating func step(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      isComplete = depth <= 0
    default: break
    }
  }

  private mutating func takeScalar(_ bytes: UnsafeRawBufferPointer) -> Int {
    let end = bytes.firstIndex { byte in
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"), 0x20, 0x0A,
        0x0D, 0x09:
        true
      default: false
      }
    }
    // At the end of a run more could follow; none of our scalars is that long.
    isComplete = true
    return max(1, end ?? bytes.count)
  }
}
