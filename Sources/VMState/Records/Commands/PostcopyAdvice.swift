/// The data of the command `POSTCOPY_ADVISE`, when a postcopy of RAM may follow.
///
/// Wire: be64 page-size summary, be64 target page size. QEMU:
/// `qemu_savevm_send_postcopy_advise`, migration/savevm.c.
public struct PostcopyAdvice: Sendable, Hashable {
  /// The page sizes of all blocks' backing memory, or-ed together.
  public var pageSizes: UInt64
  /// Bytes of a guest page.
  public var targetPageSize: UInt64

  /// An advice.
  public init(pageSizes: UInt64, targetPageSize: UInt64) {
    self.pageSizes = pageSizes
    self.targetPageSize = targetPageSize
  }
}
