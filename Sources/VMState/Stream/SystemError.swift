#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An error number of the operating system, as the cause of a `channelFailed`.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The value of `errno`.
  public let number: Int32

  /// Wraps an error number.
  public init(_ number: Int32) { self.number = number }

  /// The system's sentence for the number.
  public var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      guard let base = text.baseAddress, strerror_r(number, base, text.count) == 0 else {
        return "error \(number)"
      }
      return String(cString: base)
    }
  }
}

extension VMStateError {
  /// The error of a system call that returned a negated error number.
  static func system(_ message: String, _ result: Int) -> VMStateError {
    VMStateError(.channelFailed, message, cause: SystemError(Int32(clamping: -result)))
  }
}
