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

  /// Bytes of a huge page that the system may take for small ones.
  static let hugePageSize = 2 << 20

  private let wantsHugePages: Bool

  /// Maps zeroed memory.
  ///
  /// - Parameters:
  ///   - length: Bytes, at least 1.
  ///   - hugePages: Asks the system to take memory by huge pages: far fewer faults when all of
  ///     it is written, more memory when little of it is. Only Linux; without effect where
  ///     the system does not want to.
  /// - Throws: `limitExceeded` when the system has no such amount.
  public init(length: UInt64, hugePages: Bool = false) throws(VMStateError) {
    guard length > 0, let size = Int(exactly: length) else {
      throw VMStateError(
        .limitExceeded, "memory of this size cannot be mapped", found: "\(length) bytes")
    }
    let isLarge = hugePages && size >= Self.hugePageSize
    guard let base = isLarge ? Self.mapAligned(size) : Self.map(size, at: nil) else {
      throw VMStateError(
        .limitExceeded, "the system refused to map \(length) bytes of memory",
        found: "error number \(errno)")
    }
    self.base = base
    self.length = size
    wantsHugePages = isLarge
    askForHugePages(size)
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

  /// Maps memory that begins where a huge page can.
  private static func mapAligned(_ length: Int) -> UnsafeMutableRawPointer? {
    let (larger, tooLarge) = length.addingReportingOverflow(hugePageSize)
    guard !tooLarge, let start = map(larger, at: nil) else { return map(length, at: nil) }
    let page = hostPageSize
    let kept = (length + page - 1) / page * page
    let before = -Int(bitPattern: start) & (hugePageSize - 1)
    if before > 0 { munmap(start, before) }
    let after = larger - before - kept
    if after > 0 { munmap(start + before + kept, after) }
    return start + before
  }

  private func askForHugePages(_ count: Int) {
    #if os(Linux)
      if wantsHugePages { madvise(base, count, MADV_HUGEPAGE) }
    #endif
  }

  /// Makes the first bytes zero again and gives their physical pages back; cannot fail.
  ///
  /// - Parameter count: A multiple of the host's page size, at most `length`.
  public func discard(_ count: Int) {
    precondition(count >= 0 && count <= length)
    guard count > 0 else { return }
    if Self.map(count, at: base) == nil {
      base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    } else {
      askForHugePages(count)
    }
  }
}
