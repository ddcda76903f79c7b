import VMState

/// The high precision event timer of a PC: a 100 MHz counter with 3 to 32 comparators in
/// 1 KiB of memory at 0xFED00000.
///
/// Time comes in with every call (`now`, ns of the virtual clock).
///
/// QEMU: hw/timer/hpet.c.
public final class HPET {
  /// Length of a tick in ns.
  public static let tickNanoseconds: UInt64 = 10

  /// Everything that travels, and the machine's properties.
  public var state: HPETState
  /// Level of an interrupt line, 0...31.
  public var setLine: (_ line: Int, _ level: Bool) -> Void = { _, _ in }
  /// A front side bus interrupt: a 32-bit write to memory.
  public var sendMessage: (_ address: UInt32, _ data: UInt32) -> Void = { _, _ in }
  /// False while comparator 0 replaces the i8254.
  public var setPITEnabled: (_ enabled: Bool) -> Void = { _ in }
  /// Told when `timersFired` is wanted, each time that changes.
  public var armTimer: (TimerExpiry) -> Void = { _ in }

  /// A timer block after a reset.
  ///
  /// - Parameters:
  ///   - timers: Number of comparators, 3...32 (clamped).
  ///   - routes: The interrupt lines that comparators may use, bit per line.
  public init(timers: Int = 3, routes: UInt32 = 4) {
    state = HPETState(timers: timers, routes: routes)
  }

  /// Machine reset.
  public func reset() {
    let routes = state.timers.first.map { UInt32(truncatingIfNeeded: $0.config >> 32) } ?? 4
    var fresh = HPETState(timers: Int(state.numTimers), routes: routes)
    fresh.savesOffset = state.savesOffset
    for index in fresh.timers.indices { setInterrupt(index, false) }
    state = fresh
    setPITEnabled(true)
    armTimer(.none)
  }

  /// The counter runs.
  public var isEnabled: Bool { state.config & 1 != 0 }
  /// Comparators 0 and 1 replace the i8254 and the clock.
  public var isLegacy: Bool { state.config & 2 != 0 }

  /// The main counter.
  public func counter(now: Int64) -> UInt64 {
    guard isEnabled else { return state.hpetCounter }
    return (UInt64(bitPattern: now) &+ state.hpetOffset) / Self.tickNanoseconds
  }

  /// When `timersFired` is wanted: the earliest of the comparators.
  public var nextExpiry: TimerExpiry {
    let armed = state.timers.lazy.filter(\.qemuTimer.isArmed).map(\.qemuTimer.expiry)
    return armed.min().map(TimerExpiry.init) ?? .none
  }

  /// The clock's interrupt changes its level: it goes through to line 8 unless the HPET
  /// holds that.
  ///
  /// QEMU: `hpet_handle_legacy_irq`, hw/timer/hpet.c.
  public func setClockLine(_ level: Bool) {
    state.rtcIRQLevel = level ? 1 : 0
    if !isLegacy { setLine(8, level) }
  }

  /// The i8254's interrupt changes its level: it goes through unless the HPET holds line 0.
  public func setPITLine(_ level: Bool) {
    if !isLegacy { setLine(0, level) }
  }

  /// Before a save: stores the running counter.
  public func beforeSave(now: Int64) { state.hpetCounter = counter(now: now) }

  /// After a load: works out the offset if it did not travel, and arms the timer.
  public func afterLoad(now: Int64) {
    if !state.savesOffset { setCounter(state.hpetCounter, now: now) }
    armTimer(nextExpiry)
  }

  /// Makes the running counter show a value now.
  func setCounter(_ value: UInt64, now: Int64) {
    state.hpetOffset = value &* Self.tickNanoseconds &- UInt64(bitPattern: now)
  }

  // MARK: Interrupts

  /// Raises or lowers the interrupt of a comparator.
  func setInterrupt(_ index: Int, _ level: Bool) {
    let timer = state.timers[index]
    let bit = UInt64(1) << UInt64(index)
    if level && timer.has(HPETBit.level) { state.isr |= bit } else { state.isr &= ~bit }
    let isActive = level && timer.has(HPETBit.enabled) && isEnabled
    if timer.has(HPETBit.message) {
      if isActive { sendMessage(UInt32(timer.fsb >> 32), UInt32(truncatingIfNeeded: timer.fsb)) }
    } else {
      setLine(line(of: index), isActive)
      if isActive && !timer.has(HPETBit.level) { setLine(line(of: index), false) }
    }
  }

  private func line(of index: Int) -> Int {
    guard isLegacy && index < 2 else { return state.timers[index].route }
    return index == 0 ? 0 : 8
  }
}
