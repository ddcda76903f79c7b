/// A way to know which pages a running machine has written, and the choice among them.
public enum DirtyTrackingMethod: String, Sendable, Hashable, CaseIterable {
  /// The machine's writers mark what they wrote (`SoftwareDirtyTracking`).
  case softwareLog = "software-log"
  /// Asynchronous write protection and a scan of the page map (`ScanDirtyTracking`).
  case pagemapScan = "pagemap-scan"
  /// Write protection whose faults a thread handles (`FaultDirtyTracking`).
  case writeProtection = "write-protection"
  /// Soft-dirty bits of the page map (`SoftDirtyTracking`): the machine must be held still
  /// for each look.
  case softDirty = "soft-dirty"

  /// Runs its argument while no thread writes guest memory.
  public typealias StandStill = (() -> Void) -> Void

  /// A method that the system did not allow, and why.
  public struct Refusal: Sendable {
    /// The method.
    public let method: DirtyTrackingMethod
    /// `unsupported`; its cause is the system's error, if there was one.
    public let error: VMStateError
  }

  /// A tracking, and what it took to get it.
  public struct Choice {
    /// The tracking that works.
    public let tracking: any DirtyTracking
    /// Its method.
    public let method: DirtyTrackingMethod
    /// Methods that were wanted more and refused.
    public let refusals: [Refusal]
  }

  /// Opens this method, or the first that works of those the caller agreed to.
  ///
  /// - Parameters:
  ///   - fallbacks: Methods that may take its place, best first; none without agreement.
  ///   - standStill: Runs its argument while nothing writes guest memory; needed by
  ///     `softDirty`.
  /// - Throws: `unsupported`, the last refusal, naming the method.
  public func open(
    fallbacks: [DirtyTrackingMethod] = [], standStill: StandStill? = nil
  ) throws(VMStateError) -> Choice {
    var refusals: [Refusal] = []
    for method in [self] + fallbacks {
      do throws(VMStateError) {
        let tracking = try method.make(standStill)
        return Choice(tracking: tracking, method: method, refusals: refusals)
      } catch {
        refusals.append(Refusal(method: method, error: error.within(method.rawValue)))
      }
    }
    throw refusals[refusals.count - 1].error
  }

  private func make(
    _ standStill: StandStill?
  ) throws(VMStateError) -> any DirtyTracking {
    #if os(Linux)
      switch self {
      case .softwareLog: return SoftwareDirtyTracking()
      case .pagemapScan: return try ScanDirtyTracking()
      case .writeProtection: return try FaultDirtyTracking()
      case .softDirty: return try SoftDirtyTracking(held(standStill))
      }
    #else
      if self == .softwareLog { return SoftwareDirtyTracking() }
      throw VMStateError(.unsupported, "only Linux tells which pages were written")
    #endif
  }

  private func held(_ standStill: StandStill?) throws(VMStateError) -> StandStill {
    guard let standStill else {
      throw VMStateError(
        .unsupported,
        "soft-dirty bits are read and cleared in two steps: the machine must be held still "
          + "meanwhile, and no way to do so was given")
    }
    return standStill
  }
}
