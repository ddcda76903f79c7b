/// The pages that the saver has copied and the channel has not taken yet: the stream's writer
/// is lent them instead of memory that changes.
final class SnapshotBuffer {
  private static let mostBytes = 1 << 20
  private let mapping: AnonymousMapping
  private let pageSize: TargetPageSize
  private var used = 0

  /// - Throws: `limitExceeded` when the system has no such amount.
  init(_ pageSize: TargetPageSize) throws(VMStateError) {
    let bytes = max(Self.mostBytes, 64 << pageSize.bits)
    mapping = try AnonymousMapping(length: UInt64(bytes))
    self.pageSize = pageSize
  }

  /// Room for some pages; the channel takes what is there if there is too little.
  ///
  /// - Parameter count: At most 64.
  func room(for count: Int, _ writer: inout StreamWriter) -> UnsafeMutableRawPointer {
    let bytes = count << pageSize.bits
    if mapping.length - used < bytes {
      writer.drain()
      used = 0
    }
    defer { used += bytes }
    return mapping.base + used
  }
}
