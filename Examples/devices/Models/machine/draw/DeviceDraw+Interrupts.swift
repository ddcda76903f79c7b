extension DeviceDraw {
  /// Any bytes; 7.2 does not know the subsection with `ltim`.
  mutating func draw(_ state: inout PICState) {
    state.lastIRR = any()
    state.irr = any()
    state.imr = any()
    state.isr = any()
    state.priorityAdd = any(in: 0...7)
    state.irqBase = any()
    state.readRegSelect = bit()
    state.poll = bit()
    state.specialMask = bit()
    state.initState = any(in: 0...3)
    state.autoEOI = bit()
    state.rotateOnAutoEOI = bit()
    state.specialFullyNestedMode = bit()
    state.init4 = bit()
    state.singleMode = any()
    state.elcr = any()
    state.ltim = profile.isOld || flag() ? 0 : any(in: 1...255)
  }

  /// Any registers.
  mutating func draw(_ state: inout IOAPICState) {
    state.id = any()
    state.ioregsel = any()
    state.irr = any()
    for index in state.ioredtbl.indices { state.ioredtbl[index] = any() }
  }

  /// Any registers; the width is the controller's.
  mutating func draw(_ state: inout DMAState) {
    state.command = any()
    state.mask = any()
    state.flipFlop = any()
    for index in state.regs.indices {
      for item in 0..<2 {
        state.regs[index].now[item] = any()
        state.regs[index].base[item] = any()
      }
      state.regs[index].mode = any()
      state.regs[index].page = any()
      state.regs[index].pageh = any()
      state.regs[index].dack = any()
      state.regs[index].eop = any()
    }
  }
}
