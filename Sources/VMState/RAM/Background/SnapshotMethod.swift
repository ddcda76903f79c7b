/// A way to keep the memory of an instant while the machine overwrites it.
///
/// The thread of the save itself (its observer, its progress callback) must not write guest
/// memory while the snapshot is taken: it could wait for itself.
public enum SnapshotMethod: String, Sendable, Hashable, CaseIterable {
  /// The kernel stops the first write to each page until the page has been copied
  /// (userfaultfd, Linux 5.7). Sees every write of this process, whoever makes it, and those
  /// that the kernel makes for it: a system call that writes to guest memory waits, too. It
  /// does not see another process that writes through a shared mapping.
  case writeProtection = "write-protection"
  /// The machine's writers announce every write before they make it: `RAMBlock.write` does so,
  /// whoever stores directly calls `RAMBlock.willWrite`. Works everywhere.
  case announcedWrites = "announced-writes"

  /// A method that the system did not allow, and why.
  public struct Refusal: Sendable {
    /// The method.
    public let method: SnapshotMethod
    /// `unsupported`; its cause is the system's error, if there was one.
    public let error: VMStateError
  }
}

/// How a background snapshot keeps the memory of its instant.
public struct SnapshotOptions: Sendable, Hashable {
  /// The method that is wanted.
  public var method: SnapshotMethod
  /// Methods that may take its place where the system refuses it, best first; none without
  /// agreement. With `announcedWrites` among them every writer of the machine announces.
  public var fallbacks: [SnapshotMethod]
  /// The most bytes of pages that were copied for a writer and are not sent yet (default
  /// 16 MiB). When they are used up, a writer waits until its page is sent; with 0 every
  /// writer does.
  public var copiedBytes: UInt64

  /// Makes options.
  public init(
    method: SnapshotMethod = .writeProtection, fallbacks: [SnapshotMethod] = [],
    copiedBytes: UInt64 = 16 << 20
  ) {
    self.method = method
    self.fallbacks = fallbacks
    self.copiedBytes = copiedBytes
  }
}

/// The numbers of a background snapshot.
public struct SnapshotStatistics: Sendable, Hashable {
  /// The method that is used; nil where no snapshot is taken.
  public var method: SnapshotMethod?
  /// Pages of the backing memory that were copied for a writer.
  public var copiedPages: UInt64 = 0
  /// Times that a writer had to wait since no more copies were allowed.
  public var waits: UInt64 = 0
  /// The most bytes of copies that there were at one time.
  public var mostCopiedBytes: UInt64 = 0

  /// All zero.
  public init() {}
}
