/// Steps of a save that others follow: a balloon that hints free pages, above all.
///
/// QEMU: `PrecopyNotifyReason`, include/migration/misc.h.
public enum PrecopyEvent: Int, Sendable, Hashable, CaseIterable {
  /// All START sections are written; the rounds begin.
  case setup
  /// The dirty log is about to be looked at.
  case beforeSync
  /// The dirty log was looked at.
  case afterSync
  /// The machine stands still; the END sections follow.
  case complete
  /// The save is over, good or not.
  case cleanup
}
