import VMState

/// The i8254 programmable interval timer of a PC, ports 0x40...0x43.
///
/// Counter 0 drives interrupt 0, counter 2 the speaker. Time comes in with every call
/// (`now`, ns of the virtual clock); the next change of counter 0 goes out through
/// `armTimer`, and the machine calls `timerFired` when that time has come.
///
/// QEMU: hw/timer/i8254.c, hw/timer/i8254_common.c.
public final class PIT {
  /// Everything that travels.
  public var state = PITState()
  /// Output of counter 0: interrupt line 0.
  public var irq: (_ level: Bool) -> Void = { _ in }
  /// Told when `timerFired` is wanted, each time that changes.
  public var armTimer: (TimerExpiry) -> Void = { _ in }

  /// A timer as it is after power on.
  public init(now: Int64 = 0) { reset(now: now) }

  /// Back to mode 3 with the longest count in every counter. The HPET's hold on interrupt 0
  /// stays as it is.
  public func reset(now: Int64) {
    let disabled = state.irqDisabled
    state = PITState()
    state.irqDisabled = disabled
    for index in state.channels.indices { state.channels[index].countLoadTime = now }
    updateInterrupt(at: now)
  }

  /// When `timerFired` is wanted.
  public var nextExpiry: TimerExpiry {
    state.irqDisabled != 0 ? .none : TimerExpiry(state.channels[0].nextTransitionTime)
  }

  /// Level of a counter's output; `channel` modulo 4, counter 3 is always low.
  public func output(channel: Int, now: Int64) -> Bool {
    let index = channel & 3
    return index < 3 && state.channels[index].output(at: now)
  }

  /// Sets the gate of a counter. A rising gate restarts the modes that it triggers.
  public func setGate(_ level: Bool, channel: Int, now: Int64) {
    let index = channel & 3
    guard index < 3 else { return }
    let isRising = level && state.channels[index].gate == 0
    state.channels[index].gate = level ? 1 : 0
    if isRising && PITMode(state.channels[index].mode).isGateTriggered {
      state.channels[index].countLoadTime = now
    }
    if index == 0 { updateInterrupt(at: now) }
  }

  /// Gives interrupt 0 to the HPET, or back to counter 0.
  ///
  /// QEMU: `pit_irq_control`, hw/timer/i8254.c.
  public func setInterruptEnabled(_ enabled: Bool, now: Int64) {
    state.irqDisabled = enabled ? 0 : 1
    if enabled { updateInterrupt(at: now) } else { armTimer(.none) }
  }

  /// The time of `nextExpiry` has come: one change of the output. A late caller is told of
  /// the next change, which may be due already, so no edge is lost.
  public func timerFired() {
    let expiry = nextExpiry
    if expiry.isArmed { updateInterrupt(at: expiry.expiry) }
  }

  /// After a load: arms the timer. The interrupt line is part of the controller's state and
  /// stays as that has it.
  public func afterLoad() { armTimer(nextExpiry) }

  func updateInterrupt(at now: Int64) {
    guard state.irqDisabled == 0 else { return }
    irq(state.channels[0].output(at: now))
    state.channels[0].nextTransitionTime = state.channels[0].nextTransition(after: now)
    armTimer(nextExpiry)
  }
}
