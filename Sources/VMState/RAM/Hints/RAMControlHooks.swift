/// A transport that may move pages by itself, beside the stream (remote direct memory access).
///
/// Given to `RAMHandlers.controlHooks` on both sides. Its records in the stream have the flag
/// HOOK and a layout of its own; without hooks they are an error. All calls come from the thread
/// of the save or load.
///
/// QEMU: `rdma_control_save_page`, `rdma_registration_start`, `_stop`, `_handle`,
/// migration/rdma.c.
public protocol RAMControlHooks: AnyObject {
  /// Source: before the pages of a section. May write records. Default: nothing.
  func begin(_ phase: RAMControlPhase, to writer: inout StreamWriter) throws
  /// Source: after them, before the section's end record. Default: nothing.
  func end(_ phase: RAMControlPhase, to writer: inout StreamWriter) throws
  /// Source: offers dirty pages of a block, whose marks are cleared already. They stay as they
  /// are in memory only as long as the guest does not write them; then they are offered again.
  ///
  /// - Parameter pages: Of the target's page size; they follow each other.
  /// - Returns: True if the transport moves all of them; it adds their bytes to `counters`.
  ///   Default: false.
  func take(
    _ pages: Range<Int>, of block: RAMBlock, _ counters: TransferCounters
  ) throws -> Bool
  /// Destination: the blocks of the setup record are known. Default: nothing.
  func loadBlocks(_ blocks: [RAMBlock]) throws
  /// Destination: a record with the flag HOOK. Reads exactly what follows its word.
  ///
  /// - Parameter argument: The word without its flags.
  func load(_ argument: UInt64, from reader: inout StreamReader) throws
}

/// The sections of RAM, as control hooks see them.
public enum RAMControlPhase: Int, Sendable, Hashable, CaseIterable {
  /// START.
  case setup
  /// PART.
  case round
  /// END.
  case finish
}

extension RAMControlHooks {
  /// Nothing to do.
  public func begin(_ phase: RAMControlPhase, to writer: inout StreamWriter) throws {}
  /// Nothing to do.
  public func end(_ phase: RAMControlPhase, to writer: inout StreamWriter) throws {}
  /// All pages go into the stream.
  public func take(
    _ pages: Range<Int>, of block: RAMBlock, _ counters: TransferCounters
  ) throws -> Bool { false }
  /// Nothing to do.
  public func loadBlocks(_ blocks: [RAMBlock]) throws {}
}
