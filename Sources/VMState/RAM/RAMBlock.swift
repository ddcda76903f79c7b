import Synchronization

/// A named contiguous piece of guest memory.
///
/// QEMU: `RAMBlock`, include/system/ramblock.h.
public final class RAMBlock: Sendable {
  /// What is known about a block beyond its size.
  public struct Attributes: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: Int
    /// From bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Belongs into the stream.
    public static let migratable = Self(rawValue: 1)
    /// The mapping is shared with other processes.
    public static let shared = Self(rawValue: 2)
    /// Backed by a file that has a path.
    public static let namedFile = Self(rawValue: 4)
    /// May take another length, on load too.
    public static let resizeable = Self(rawValue: 8)
    /// The guest cannot write it (a ROM); a load can.
    public static let readOnly = Self(rawValue: 16)
    /// Keeps its content when the machine is off: written back to its file after a load.
    public static let nonVolatile = Self(rawValue: 32)
  }

  /// What a load may do with a block's present content.
  public enum LoadProtection: Int, Sendable, Hashable {
    /// A fresh machine's memory: pages go straight to their place, and a failed load leaves
    /// zeros. A successful load makes the block `protected`.
    case disposable
    /// The machine has run: new pages are kept apart until the whole stream proved good.
    case protected
    /// As `disposable`, and stays so after a successful load.
    case alwaysDisposable
  }

  /// The name in the stream: 1 to 255 bytes of UTF-8, unique in its list.
  public let idstr: String
  let name: [UInt8]
  /// The bytes.
  public let memory: GuestMemory
  /// The largest length in bytes; bitmaps and the order of blocks go by it.
  public let maxLength: UInt64
  /// Page size of the backing memory in bytes (a huge page size, or the host's).
  public let pageSize: UInt64
  /// The unit of page records.
  public let targetPageSize: TargetPageSize
  /// What is known about the block.
  public let attributes: Attributes
  /// Offset of the block's region in the region that contains it; 0 if it is not mapped.
  public let regionOffset: UInt64
  /// The software dirty log, marked by every writer of the machine.
  public let dirtyLog: DirtyLog
  let resized: (@Sendable (RAMBlock, UInt64) -> Void)?

  struct Lengths {
    var used: UInt64
    // As asked for, before rounding up to pages.
    var exact: UInt64
    var protection: LoadProtection
  }
  let state: Guarded<Lengths>
  /// True while a background snapshot is taken.
  let hasSnapshot = Atomic<Bool>(false)
  let snapshot = Guarded<SnapshotLink?>(nil)

  /// Makes a block; it belongs to no list yet.
  ///
  /// - Parameters:
  ///   - idstr: 1 to 255 bytes.
  ///   - memory: At least `maxLength` bytes.
  ///   - usedLength: A multiple of the target's and the host's page size, not 0.
  ///   - maxLength: The same or larger; larger only for resizeable blocks.
  ///   - protection: What a load may do. Give `disposable` for a machine that never ran.
  ///   - resized: Called after the length changed, with the exact length asked for.
  /// - Throws: `invalidRegistration`.
  public init(
    _ idstr: String, memory: GuestMemory, usedLength: UInt64, maxLength: UInt64? = nil,
    attributes: Attributes = .migratable, protection: LoadProtection = .protected,
    pageSize: UInt64? = nil, targetPageSize: TargetPageSize = .standard,
    regionOffset: UInt64 = 0, resized: (@Sendable (RAMBlock, UInt64) -> Void)? = nil
  ) throws(VMStateError) {
    self.idstr = idstr
    name = [UInt8](idstr.utf8)
    self.memory = memory
    self.maxLength = maxLength ?? usedLength
    self.pageSize = pageSize ?? UInt64(AnonymousMapping.hostPageSize)
    self.targetPageSize = targetPageSize
    self.attributes = attributes
    self.regionOffset = regionOffset
    self.resized = resized
    state = Guarded(Lengths(used: usedLength, exact: usedLength, protection: protection))
    try Self.check(
      name, memory, usedLength, self.maxLength, attributes, self.pageSize, targetPageSize)
    dirtyLog = DirtyLog(
      pageCount: targetPageSize.pages(in: self.maxLength), pageSize: targetPageSize)
  }

  /// The present size in bytes; what the setup record says.
  public var usedLength: UInt64 { state.withLock { $0.used } }
  /// The present size as it was asked for, before rounding up to pages.
  public var exactLength: UInt64 { state.withLock { $0.exact } }
  /// What a load may do with the content. The owner sets `protected` when the machine
  /// starts to run, or `disposable` after a reset.
  public var protection: LoadProtection {
    get { state.withLock { $0.protection } }
    set { state.withLock { $0.protection = newValue } }
  }

  /// Writes a non-volatile block back to what backs it.
  ///
  /// QEMU: `qemu_ram_block_writeback`, system/physmem.c.
  ///
  /// - Returns: `channelFailed` where the system refused.
  func writeBack() -> VMStateError? {
    guard attributes.contains(.nonVolatile) else { return nil }
    let result = SystemCall.writeBack(memory.base, count: Int(usedLength))
    return result < 0
      ? VMStateError.system("a non-volatile RAM block was not written back", result).within(idstr)
      : nil
  }

  /// Announces a write, stores bytes and marks them: the safe way to write while a save runs.
  ///
  /// - Throws: `ramOffset` for a range that is not inside.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(VMStateError) {
    guard memory.contains(offset: offset, count: bytes.count),
      offset + UInt64(bytes.count) <= maxLength
    else {
      throw VMStateError(
        .ramOffset, "the range lies outside the block", path: [idstr],
        expected: "at most \(maxLength) bytes", found: "\(bytes.count) bytes at \(offset)")
    }
    willWrite(offset: offset, count: UInt64(bytes.count))
    try memory.store(bytes, at: offset)
    dirtyLog.mark(offset: offset, count: UInt64(bytes.count))
  }
}
