/// Memory that a running machine uses: mapped by the library, or handed in.
///
/// Other threads change these bytes at any time. Everything here copies bytes out or in and
/// never relies on reading the same value twice; who writes while a save runs marks the
/// written range afterwards (`RAMBlock.write` and `DirtyLog.mark`).
public final class GuestMemory: @unchecked Sendable {
  /// First byte; stays where it is for the object's life.
  public let base: UnsafeMutableRawPointer
  /// Bytes.
  public let length: UInt64
  private let mapping: AnonymousMapping?
  private let release: (@Sendable () -> Void)?

  /// Maps zeroed memory.
  ///
  /// - Parameters:
  ///   - length: Bytes, at least 1.
  ///   - hugePages: Asks the system for huge pages, as QEMU does: a guest that uses its memory
  ///     runs and loads faster, one that touches little here and there takes more of the host's.
  /// - Throws: `limitExceeded` when the system has no such amount.
  public init(mapping length: UInt64, hugePages: Bool = true) throws(VMStateError) {
    let mapping = try AnonymousMapping(length: length, hugePages: hugePages)
    self.mapping = mapping
    base = mapping.base
    self.length = length
    release = nil
  }

  /// Takes the caller's memory.
  ///
  /// - Parameters:
  ///   - base: First byte.
  ///   - length: Bytes; all of them readable and writable, and not backed by anything that
  ///     another process can cut short.
  ///   - release: Called when the last reference goes: a save or load that is under way
  ///     keeps a removed block's memory until its round ends.
  public init(
    at base: UnsafeMutableRawPointer, length: UInt64, release: (@Sendable () -> Void)? = nil
  ) {
    mapping = nil
    self.base = base
    self.length = length
    self.release = release
  }

  deinit { release?() }

  /// Mapped by the library: private, and zero where it was never touched.
  var isMapped: Bool { mapping != nil }

  /// True if a range lies inside.
  public func contains(offset: UInt64, count: Int) -> Bool {
    count >= 0 && offset <= length && UInt64(count) <= length - offset
  }

  /// Copies bytes out, whatever they are at that moment.
  ///
  /// - Throws: `ramOffset` for a range that is not inside.
  public func read(
    at offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    try check(offset, target.count)
    guard let start = target.baseAddress else { return }
    start.copyMemory(from: base + Int(offset), byteCount: target.count)
  }

  /// Copies bytes in, without a mark in any dirty log.
  ///
  /// - Throws: `ramOffset` for a range that is not inside.
  public func store(
    _ bytes: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(VMStateError) {
    try check(offset, bytes.count)
    guard let start = bytes.baseAddress else { return }
    (base + Int(offset)).copyMemory(from: start, byteCount: bytes.count)
  }

  private func check(_ offset: UInt64, _ count: Int) throws(VMStateError) {
    guard contains(offset: offset, count: count) else {
      throw VMStateError(
        .ramOffset, "the range lies outside the memory", expected: "at most \(length) bytes",
        found: "\(count) bytes at \(offset)")
    }
  }

  /// Makes the first bytes zero; memory of our own goes back to the system, other memory is
  /// written only where it is not zero. Cannot fail.
  ///
  /// - Parameter count: A multiple of the host's page size, at most `length`.
  func clear(_ count: UInt64) {
    if let mapping { return mapping.discard(Int(count)) }
    let step = 4096
    var offset = 0
    while offset < Int(count) {
      let piece = min(step, Int(count) - offset)
      ZeroPage.clear(base + offset, count: piece)
      offset += piece
    }
  }
}
