#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Zeroed memory mapped from the operating system, given back when the last reference goes.
///
/// Nothing backs the mapping, so no other process can truncate it and turn an access into a
/// signal. Physical pages are taken on the first write.
public final class AnonymousMapping: @unchecked Sendable {
  /// First byte, aligned to the host's page size.
  public let base: UnsafeMutableRawPointer
  /// Bytes mapped.
  public let length: Int

  /// The host's page size in bytes.
  public static let hostPageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// Maps zeroed memory.
  ///
  /// - Parameter length: Bytes, at least 1.
  /// - Throws: `limitExceeded` when the system has no such amount.
  public init(length: UInt64) throws(VMStateError) {
    guard length > 0, let size = Int(exactly: length) else {
      throw VMStateError(
        .limitExceeded, "memory of this size cannot be mapped", found: "\(length) bytes")
    }
    guard let base = Self.map(size, at: nil) else {
      throw VMStateError(
        .limitExceeded, "the system refused to map \(length) bytes of memory",
        found: "error number \(errno)")
    }
    self.base = base
    self.length = size
  }

  deinit { munmap(base, length) }

  private static func map(
    _ length: Int, at place: UnsafeMutableRawPointer?
  ) -> UnsafeMutableRawPointer? {
    #if canImport(Glibc)
      let anonymous = MAP_ANONYMOUS
    #else
      let anonymous = MAP_ANON
    #endif
    let fixed = place == nil ? 0 : MAP_FIXED
    let base = mmap(
      place, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous | fixed, -1, 0)
    return base == MAP_FAILED ? nil : base
  }

  /// Makes the first bytes zero again and gives their physical pages back; cannot fail.
  ///
  /// - Parameter count: A multiple of the host's page size, at most `length`.
  public func discard(_ count: Int) {
    precondition(count >= 0 && count <= length)
    if count > 0, Self.map(count, at: base) == nil {
      base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }
  }

  /// Asks the system for large pages, which spare it most of its page table; it may decline.
  func preferHugePages() {
    #if os(Linux)
      _ = madvise(base, length, MADV_HUGEPAGE)
    #endif
  }
}
