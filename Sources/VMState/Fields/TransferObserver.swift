/// One step of a save or load as an observer sees it.
///
/// QEMU: the trace points `vmstate_save_state_loop`, `vmstate_load_state_field` and
/// `savevm_section_start`.
public enum TransferEvent: Sendable {
  /// A section or command begins: its kind, name, instance, section id and version.
  case section(
    kind: SectionKind, name: String, instance: UInt32, sectionID: UInt32, version: UInt32,
    offset: UInt64)
  /// A section ended, footer included.
  case sectionEnd(name: String, sectionID: UInt32, offset: UInt64, length: UInt64)
  /// A hook of a table or an entry is about to run.
  case hook(name: String, path: [String], offset: UInt64)
  /// A field was written or read: elements, offset and length on the wire.
  case field(path: [String], type: String, count: Int, offset: UInt64, length: UInt64)
}

/// Sees every section, hook and field of a save or load. Without an observer nothing of this
/// costs anything: the tables run their compiled plans.
public protocol TransferObserver: AnyObject {
  /// Called for each step, on the thread of the save or load.
  func observe(_ event: TransferEvent)
}
