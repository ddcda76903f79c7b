import Synchronization

/// Pages that the guest does not use: they need not be sent, whatever they hold.
///
/// A hint is about pages that were free after the last look at the dirty log; one written later
/// is found by the next look and sent after all. So a device first takes the present `session`,
/// then asks the guest, then hints with that session; a look at the dirty log ends it, and
/// hints that come too late are refused. The destination keeps what it had in such pages: zeros,
/// if it is fresh.
///
/// QEMU: `qemu_guest_free_page_hint`, migration/ram.c.
public final class FreePageHints: Sendable {
  /// The time between two looks at the dirty log.
  public struct Session: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  struct Hint {
    var block: ObjectIdentifier
    var pages: Range<Int>
  }

  private struct State {
    var number: UInt64 = 0
    var isOpen = false
    var hints: [Hint] = []
  }

  // Far more than the save leaves lying about between two batches of pages.
  private static let limit = 1 << 16
  private let state = Guarded(State())
  private let isWaiting = Atomic<Bool>(false)

  init() {}

  /// The present session; nil while no save runs, and while it looks at the dirty log.
  public var session: Session? {
    state.withLock { $0.isOpen ? Session(number: $0.number) : nil }
  }

  /// Says that a range is free. Pages that lie in it only in part are sent.
  ///
  /// Safe from any thread.
  ///
  /// - Returns: False if the session is over, or too many hints wait: hint no more for now.
  /// - Throws: `ramOffset` for a range outside the block's used length.
  @discardableResult
  public func hint(
    _ block: RAMBlock, offset: UInt64, length: UInt64, in session: Session
  ) throws(VMStateError) -> Bool {
    let used = block.usedLength
    guard offset < used, length <= used - offset else {
      throw VMStateError(
        .ramOffset, "a hint lies outside the RAM block", path: [block.idstr],
        expected: "at most \(used) bytes", found: "\(length) bytes at \(offset)")
    }
    let size = block.targetPageSize
    let first = size.pages(in: offset + size.mask)
    let end = size.pages(in: offset + length)
    guard first < end else { return true }
    return add(Hint(block: ObjectIdentifier(block), pages: first..<end), session)
  }

  private func add(_ hint: Hint, _ session: Session) -> Bool {
    state.withLock { state in
      guard state.isOpen, state.number == session.number, state.hints.count < Self.limit else {
        return false
      }
      state.hints.append(hint)
      isWaiting.store(true, ordering: .releasing)
      return true
    }
  }

  /// Begins a session.
  func open() {
    state.withLock { state in
      state.number += 1
      state.isOpen = true
    }
  }

  /// Ends the session; its hints can still be taken.
  func close() { state.withLock { $0.isOpen = false } }

  /// The hints that came since the last call.
  func take() -> [Hint] {
    guard isWaiting.load(ordering: .acquiring) else { return [] }
    return state.withLock { state in
      isWaiting.store(false, ordering: .relaxed)
      defer { state.hints = [] }
      return state.hints
    }
  }
}
