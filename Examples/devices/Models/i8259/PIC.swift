/// One i8259 interrupt controller.
///
/// Eight inputs (`setLine`), one output (`interrupt`), a command and a data port, and the
/// edge/level register next to it. Two of them make the controller of a PC: `PICPair`.
///
/// QEMU: hw/intc/i8259.c, hw/intc/i8259_common.c.
public final class PIC {
  /// Everything that travels.
  public var state = PICState()
  /// The output: level of the interrupt request.
  public var interrupt: (_ level: Bool) -> Void = { _ in }
  /// True for the chip whose input 2 is the other one's output.
  public let isMaster: Bool
  /// The inputs that the edge/level register may switch.
  public let elcrMask: UInt8

  /// A chip after a reset.
  public init(isMaster: Bool) {
    self.isMaster = isMaster
    elcrMask = isMaster ? 0xF8 : 0xDE
  }

  /// Machine reset: as ICW1, and all inputs edge-triggered.
  public func reset() {
    state.elcr = 0
    initialize()
  }

  /// An input changes its level; `line` modulo 8. A rising edge is kept until it is
  /// acknowledged, a level only as long as it lasts.
  public func setLine(_ line: Int, _ level: Bool) {
    let bit = UInt8(1) << UInt8(truncatingIfNeeded: line & 7)
    if isLevelTriggered(bit) {
      if level { state.irr |= bit } else { state.irr &= ~bit }
    } else if level && state.lastIRR & bit == 0 {
      state.irr |= bit
    }
    if level { state.lastIRR |= bit } else { state.lastIRR &= ~bit }
    update()
  }

  /// The input that would be served now, or nil: it must not be masked and must rank above
  /// everything in service.
  public var pendingLine: Int? {
    let requests = state.irr & ~state.imr
    guard let rank = rank(of: requests) else { return nil }
    var served = state.isr
    if state.specialMask != 0 { served &= ~state.imr }
    if state.specialFullyNestedMode != 0 && isMaster { served &= ~4 }
    if let servedRank = self.rank(of: served), servedRank <= rank { return nil }
    return line(ofRank: rank)
  }

  /// The processor takes an input's interrupt.
  func acknowledge(line: Int) {
    let bit = UInt8(1) << UInt8(truncatingIfNeeded: line & 7)
    if state.autoEOI == 0 {
      state.isr |= bit
    } else if state.rotateOnAutoEOI != 0 {
      state.priorityAdd = UInt8(truncatingIfNeeded: line + 1) & 7
    }
    if !isLevelTriggered(bit) { state.irr &= ~bit }
    update()
  }

  /// After a load: drives the output as the registers want it.
  public func afterLoad() { update() }

  func update() { interrupt(pendingLine != nil) }

  // Everything but the edge/level register.
  func initialize() {
    var fresh = PICState()
    fresh.elcr = state.elcr
    fresh.irr = state.irr & state.elcr
    state = fresh
    update()
  }

  private func isLevelTriggered(_ bit: UInt8) -> Bool {
    state.ltim != 0 || state.elcr & bit != 0
  }

  // 0 is the highest rank; nil if no bit is set.
  func rank(of bits: UInt8) -> Int? {
    let shift = state.priorityAdd & 7
    let rotated = bits >> shift | bits << (8 - shift)
    return rotated == 0 ? nil : rotated.trailingZeroBitCount
  }

  func line(ofRank rank: Int) -> Int { (rank + Int(state.priorityAdd & 7)) & 7 }
}
