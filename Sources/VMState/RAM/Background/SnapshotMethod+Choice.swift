extension SnapshotOptions {
  /// A snapshot that is made ready, and what it took to get it.
  struct Choice {
    let snapshot: MemorySnapshot
    let refusals: [SnapshotMethod.Refusal]
  }

  /// Makes a snapshot ready by the wanted method, or by the first that works of those the
  /// caller agreed to.
  ///
  /// - Throws: The last refusal, naming the method; `limitExceeded`.
  func prepare(
    _ blocks: [RAMBlock], _ pageSize: TargetPageSize
  ) throws(VMStateError) -> Choice {
    var refusals: [SnapshotMethod.Refusal] = []
    for method in [method] + fallbacks {
      do throws(VMStateError) {
        let snapshot = try MemorySnapshot.prepare(
          method, blocks, pageSize, copiedBytes: copiedBytes)
        return Choice(snapshot: snapshot, refusals: refusals)
      } catch {
        let error = error.within(method.rawValue)
        guard error.code == .unsupported else { throw error }
        refusals.append(SnapshotMethod.Refusal(method: method, error: error))
      }
    }
    throw refusals[refusals.count - 1].error
  }
}

extension SnapshotMethod {
  #if os(Linux)
    /// Opens what the method needs of the system, with the most that it offers.
    ///
    /// - Throws: `unsupported`.
    static func openFaults(_ method: Self) throws(VMStateError) -> UserFaults? {
      guard method == .writeProtection else { return nil }
      // Linux 6.4, 5.19 and 5.7.
      for features in [
        [.writeProtection, .sharedMemory, .untouchedPages], [.writeProtection, .sharedMemory],
      ] as [UserFaults.Features] {
        do throws(VMStateError) {
          return try UserFaults(features)
        } catch {}
      }
      return try UserFaults(.writeProtection)
    }
  #else
    static func openFaults(_ method: Self) throws(VMStateError) -> Never? {
      guard method == .writeProtection else { return nil }
      throw VMStateError(.unsupported, "only Linux stops the writers of single pages")
    }
  #endif
}
