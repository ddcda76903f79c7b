import VMState

extension E1000 {
  /// Reads a register of the memory window.
  ///
  /// - Parameter offset: Byte offset, 0 to 1FFFF; the low two bits are ignored.
  public func readMMIO(_ offset: UInt32, now: Int64) -> UInt32 {
    lastTime = now
    let index = Int(offset & 0x1FFFF) >> 2
    switch index {
    case Reg.ICR:
      let value = state.mac[index]
      setCause(0)
      return value
    case Reg.EECD: return readEEPROMControl()
    case Reg.EERD: return readEEPROMWord()
    case Reg.TORH, Reg.TOTH: return readAndClear(index, alsoBelow: true)
    case Reg.GPRC, Reg.GPTC, Reg.TPR, Reg.TPT, Reg.BPRC, Reg.MPRC, Reg.BPTC, Reg.MPTC, Reg.ROC,
      Reg.PRC64..<Reg.PRC64 + 6, Reg.PTC64..<Reg.PTC64 + 6:
      return readAndClear(index, alsoBelow: false)
    case Reg.IMC: return 0
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
    case Reg.STATUS, Reg.ICS, Reg.IMS, Reg.MDIC, Reg.CTRL, Reg.RCTL, Reg.TCTL, Reg.RDLEN,
      Reg.TDLEN, Reg.RDH, Reg.RDT, Reg.TDH, Reg.TDT, Reg.RDTR, Reg.RADV, Reg.TADV, Reg.ITR,
      Reg.MPC...Reg.lastStatistic, 0x4000 / 4..<Reg.MPC:
      true
    default: false
    }
  }

  /// Registers that keep what is written.
  private func isPlain(_ index: Int) -> Bool {
    switch index {
    case Reg.PBA, Reg.EERD, Reg.SWSM, Reg.WUFC, Reg.TDBAL, Reg.TDBAH, Reg.TXDCTL, Reg.RDBAL,
      Reg.RDBAH, Reg.LEDCTL, Reg.VET, Reg.MANC, Reg.RA..<Reg.RA + 32, Reg.MTA..<Reg.MTA + 128,
      Reg.VFTA..<Reg.VFTA + 128, 0x10000 / 4..<0x20000 / 4:
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
    case Reg.CTRL: writeControl(value)
    case Reg.EECD: writeEEPROMControl(value)
    case Reg.MDIC: writePHYAccess(value)
    case Reg.ICR: setCause(state.mac[Reg.ICR] & ~value)
    case Reg.ICS: addCause(value)
    case Reg.IMS:
      state.mac[Reg.IMS] |= value
      addCause(0)
    case Reg.IMC:
      state.mac[Reg.IMS] &= ~value
      addCause(0)
    case Reg.RCTL: writeReceiveControl(value)
    case Reg.RDLEN, Reg.TDLEN: state.mac[index] = value & 0xFFF80
    case Reg.RDH, Reg.RDT, Reg.TDH, Reg.RDTR, Reg.RADV, Reg.TADV, Reg.ITR:
      state.mac[index] = value & 0xFFFF
    case Reg.TCTL, Reg.TDT:
      state.mac[index] = value
      state.mac[Reg.TDT] &= 0xFFFF
      transmitRing()
    case Reg.MANC: break
    default: if isPlain(index) { state.mac[index] = value }
    }
  }

  /// The reset bit clears itself. As in QEMU it resets nothing; drivers initialise anyway.
  private func writeControl(_ value: UInt32) { state.mac[Reg.CTRL] = value & ~0x0400_0000 }

  private func writeReceiveControl(_ value: UInt32) {
    state.mac[Reg.RCTL] = value
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
