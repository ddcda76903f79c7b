/// Indexes of the memory mapped registers (offset / 4), by the names of the 8254x software
/// developer's manual.
public enum E1000Register {
  /// Registers in the 128 KiB window.
  public static let count = 0x8000

  /// Device control.
  public static let ctrl = 0x0000 / 4
  /// Device status.
  public static let status = 0x0008 / 4
  /// EEPROM control, for bit by bit access.
  public static let eecd = 0x0010 / 4
  /// EEPROM read.
  public static let eerd = 0x0014 / 4
  /// Access to the PHY.
  public static let mdic = 0x0020 / 4
  /// VLAN Ethernet type.
  public static let vet = 0x0038 / 4
  /// Interrupt cause; cleared by reading.
  public static let icr = 0x00C0 / 4
  /// Interrupt throttling, in 256 ns.
  public static let itr = 0x00C4 / 4
  /// Interrupt cause set.
  public static let ics = 0x00C8 / 4
  /// Interrupt mask set.
  public static let ims = 0x00D0 / 4
  /// Interrupt mask clear.
  public static let imc = 0x00D8 / 4
  /// Receive control.
  public static let rctl = 0x0100 / 4
  /// Transmit control.
  public static let tctl = 0x0400 / 4
  /// LED control.
  public static let ledctl = 0x0E00 / 4
  /// Packet buffer allocation.
  public static let pba = 0x1000 / 4
  /// Receive ring: base, low half.
  public static let rdbal = 0x2800 / 4
  /// Receive ring: base, high half.
  public static let rdbah = 0x2804 / 4
  /// Receive ring: length in bytes.
  public static let rdlen = 0x2808 / 4
  /// Receive ring: head.
  public static let rdh = 0x2810 / 4
  /// Receive ring: tail.
  public static let rdt = 0x2818 / 4
  /// Receive delay timer.
  public static let rdtr = 0x2820 / 4
  /// Receive absolute delay, in 1024 ns.
  public static let radv = 0x282C / 4
  /// Transmit ring: base, low half.
  public static let tdbal = 0x3800 / 4
  /// Transmit ring: base, high half.
  public static let tdbah = 0x3804 / 4
  /// Transmit ring: length in bytes.
  public static let tdlen = 0x3808 / 4
  /// Transmit ring: head.
  public static let tdh = 0x3810 / 4
  /// Transmit ring: tail.
  public static let tdt = 0x3818 / 4
  /// Transmit descriptor control.
  public static let txdctl = 0x3828 / 4
  /// Transmit absolute delay, in 1024 ns.
  public static let tadv = 0x382C / 4
  /// Missed packets; the first of the statistics.
  public static let mpc = 0x4010 / 4
  /// Received packets of 64 bytes; five more sizes follow.
  public static let prc64 = 0x405C / 4
  /// Good packets received.
  public static let gprc = 0x4074 / 4
  /// Broadcast packets received.
  public static let bprc = 0x4078 / 4
  /// Multicast packets received.
  public static let mprc = 0x407C / 4
  /// Good packets sent.
  public static let gptc = 0x4080 / 4
  /// Good octets received, low half.
  public static let gorcl = 0x4088 / 4
  /// Good octets sent, low half.
  public static let gotcl = 0x4090 / 4
  /// Packets without a buffer.
  public static let rnbc = 0x40A0 / 4
  /// Oversized packets.
  public static let roc = 0x40AC / 4
  /// Octets received, low half.
  public static let torl = 0x40C0 / 4
  /// Octets received, high half.
  public static let torh = 0x40C4 / 4
  /// Octets sent, low half.
  public static let totl = 0x40C8 / 4
  /// Octets sent, high half.
  public static let toth = 0x40CC / 4
  /// Packets received.
  public static let tpr = 0x40D0 / 4
  /// Packets sent.
  public static let tpt = 0x40D4 / 4
  /// Sent packets of 64 bytes; five more sizes follow.
  public static let ptc64 = 0x40D8 / 4
  /// Multicast packets sent.
  public static let mptc = 0x40F0 / 4
  /// Broadcast packets sent.
  public static let bptc = 0x40F4 / 4
  /// Last of the statistics.
  public static let lastStatistic = 0x40FC / 4
  /// Multicast table, 128 registers.
  public static let mta = 0x5200 / 4
  /// Receive addresses, 16 pairs.
  public static let ra = 0x5400 / 4
  /// VLAN filter table, 128 registers.
  public static let vfta = 0x5600 / 4
  /// Wake-up filter control.
  public static let wufc = 0x5808 / 4
  /// Management control.
  public static let manc = 0x5820 / 4
  /// Software semaphore.
  public static let swsm = 0x5B50 / 4
}

/// Bits of the interrupt cause registers.
public enum E1000Cause {
  /// A transmit descriptor was written back.
  public static let transmitDone: UInt32 = 0x001
  /// The transmit queue is empty.
  public static let transmitEmpty: UInt32 = 0x002
  /// The link changed.
  public static let linkChange: UInt32 = 0x004
  /// Few receive descriptors are left.
  public static let receiveLow: UInt32 = 0x010
  /// A packet found no descriptor.
  public static let receiveOverrun: UInt32 = 0x040
  /// A packet was received.
  public static let received: UInt32 = 0x080
  /// An access to the PHY is done.
  public static let phyAccess: UInt32 = 0x200
}
