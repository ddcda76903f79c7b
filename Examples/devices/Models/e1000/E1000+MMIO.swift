import VMState

extension E1000 {
  /// Reads a register of the memory window.
  ///
  /// - Parameter offset: Byte offset, 0 to 1FFFF; the low two bits are ignored.
  public func readMMIO(_ offset: UInt32, now: Int64) -> UInt32 {
    lastTime = now
    let index = Int(offset & 0x1FFFF) >> 2
    switch index {
    case Reg.icr:
      let value = state.mac[index]
      setCause(0)
      return value
    case Reg.eecd: return readEEPROMControl()
    case Reg.eerd: return readEEPROMWord()
    case Reg.torh, Reg.toth: return readAndClear(index, alsoBelow: true)
    case Reg.gprc, Reg.gptc, Reg.tpr, Reg.tpt, Reg.bprc, Reg.mprc, Reg.bptc, Reg.mptc, Reg.roc,
      Reg.prc64..<Reg.prc64 + 6, Reg.ptc64..<Reg.ptc64 + 6:
      return readAndClear(index, alsoBelow: false)
    case Reg.imc: return 0
    default: return isPlain(index) || isReadOnly(index) ? state.mac[index] : 0
    }
  }

  /// Statistics start again when they are read; 64-bit ones with their upper half.
  private func readAndClear(_ index: Int, alsoBelow: Bool) -> UInt32 {
    let value = state.mac[index]
    state.mac[index] = 0
    if alsoBelow { state.mac[index - 1] = 0 }
    return value
  }

  /// Registers that only the device changes.
  private func isReadOnly(_ index: Int) -> Bool {
    switch index {
    case Reg.status, Reg.ics, Reg.ims, Reg.mdic, Reg.ctrl, Reg.rctl, Reg.tctl, Reg.rdlen,
      Reg.tdlen, Reg.rdh, Reg.rdt, Reg.tdh, Reg.tdt, Reg.rdtr, Reg.radv, Reg.tadv, Reg.itr,
      Reg.mpc...Reg.lastStatistic, 0x4000 / 4..<Reg.mpc:
      true
    default: false
    }
  }

  /// Registers that keep what is written.
  private func isPlain(_ index: Int) -> Bool {
    switch index {
    case Reg.pba, Reg.eerd, Reg.swsm, Reg.wufc, Reg.tdbal, Reg.tdbah, Reg.txdctl, Reg.rdbal,
      Reg.rdbah, Reg.ledctl, Reg.vet, Reg.manc, Reg.ra..<Reg.ra + 32, Reg.mta..<Reg.mta + 128,
      Reg.vfta..<Reg.vfta + 128, 0x10000 / 4..<0x20000 / 4:
      true
    default: false
    }
  }

  /// Writes a register of the memory window.
  ///
  /// - Parameter offset: Byte offset, 0 to 1FFFF; the low two bits are ignored.
  public func writeMMIO(_ offset: UInt32, _ value: UInt32, now: Int64) {
    lastTime = now
    let index = Int(offset & 0x1FFFF) >> 2
    switch index {
    case Reg.ctrl: writeControl(value)
    case Reg.eecd: writeEEPROMControl(value)
    case Reg.mdic: writePHYAccess(value)
    case Reg.icr: setCause(state.mac[Reg.icr] & ~value)
    case Reg.ics: addCause(value)
    case Reg.ims:
      state.mac[Reg.ims] |= value
      addCause(0)
    case Reg.imc:
      state.mac[Reg.ims] &= ~value
      addCause(0)
    case Reg.rctl: writeReceiveControl(value)
    case Reg.rdlen, Reg.tdlen: state.mac[index] = value & 0xFFF80
    case Reg.rdh, Reg.rdt, Reg.tdh, Reg.rdtr, Reg.radv, Reg.tadv, Reg.itr:
      state.mac[index] = value & 0xFFFF
    case Reg.tctl, Reg.tdt:
      state.mac[index] = value
      state.mac[Reg.tdt] &= 0xFFFF
      transmitRing()
    case Reg.manc: break
    default: if isPlain(index) { state.mac[index] = value }
    }
  }

  /// The reset bit clears itself. As in QEMU it resets nothing; drivers initialise anyway.
  private func writeControl(_ value: UInt32) { state.mac[Reg.ctrl] = value & ~0x0400_0000 }

  private func writeReceiveControl(_ value: UInt32) {
    state.mac[Reg.rctl] = value
    state.receiveBufferSize = Self.bufferSize(value)
    state.receiveLowShift = (value >> 8 & 3) + 1
  }

  /// Bytes of a receive buffer by BSIZE and BSEX.
  private static func bufferSize(_ control: UInt32) -> UInt32 {
    let isExtended = control & 0x0200_0000 != 0
    switch control >> 16 & 3 {
    case 1: return isExtended ? 16384 : 1024
    case 2: return isExtended ? 8192 : 512
    case 3: return isExtended ? 4096 : 256
    default: return 2048
    }
  }

  /// Counts one more, up to the end of the register.
  func count(_ index: Int) {
    if state.mac[index] != .max { state.mac[index] += 1 }
  }

  /// Adds to a 64-bit statistic whose low half is at an index.
  func countOctets(_ index: Int, _ octets: Int) {
    let old = UInt64(state.mac[index + 1]) << 32 | UInt64(state.mac[index])
    let (sum, overflow) = old.addingReportingOverflow(UInt64(octets))
    let new = overflow ? UInt64.max : sum
    state.mac[index] = UInt32(truncatingIfNeeded: new)
    state.mac[index + 1] = UInt32(truncatingIfNeeded: new >> 32)
  }

  /// Counts a frame in the statistics of sizes.
  ///
  /// - Parameter first: The register for 64 bytes.
  func countSize(_ first: Int, _ size: Int) {
    let limits = [64, 127, 255, 511, 1023]
    count(first + (limits.firstIndex { size <= $0 } ?? 5))
  }
}
