import VMState

/// The registers of a 16550A.
///
/// QEMU: `SerialState`, include/hw/char/serial.h.
public struct SerialState: Sendable {
  /// Divisor latch: 115200 divided by it is the bit rate.
  public var divider: UInt16 = 0x0C
  /// Receiver buffer (without FIFO).
  public var rbr: UInt8 = 0
  /// Interrupt enable.
  public var ier: UInt8 = 0
  /// Interrupt identification, with the FIFO bits in 6 and 7.
  public var iir: UInt8 = SerialCause.none
  /// Line control.
  public var lcr: UInt8 = 0
  /// Modem control.
  public var mcr: UInt8 = SerialBit.out2
  /// Line status.
  public var lsr: UInt8 = SerialBit.transmitterEmpty | SerialBit.holdingEmpty
  /// Modem status.
  public var msr: UInt8 = 0xB0
  /// Scratch.
  public var scr: UInt8 = 0
  /// FIFO control, the bits that stay.
  public var fcr: UInt8 = 0

  /// A transmit interrupt is pending: 0 or 1; -1 while a load has not brought it.
  public var thrIPending: Int32 = 0
  /// How often sending the shift register's byte was tried without success, 0 to 4.
  public var tsrRetry: UInt32 = 0
  /// Transmitter holding register.
  public var thr: UInt8 = 0
  /// Transmitter shift register.
  public var tsr: UInt8 = 0
  /// Received bytes.
  public var receiveFIFO = Fifo8()
  /// Bytes to send.
  public var transmitFIFO = Fifo8()
  /// When the received bytes have waited for four character times.
  public var fifoTimeoutTimer = TimerExpiry.none
  /// A character time-out interrupt is pending: 0 or 1.
  public var timeoutIPending: Int32 = 0
  /// Modem lines: -1 the back end has none, 0 not polled, 1 polled.
  public var pollMSL: Int32 = -1
  /// When the modem lines are looked at again.
  public var modemStatusPoll = TimerExpiry.none

  /// The chip after a reset.
  public init() {}
}

extension SerialState {
  /// Most attempts to send one byte.
  static let maximumRetries: UInt32 = 4
  /// Frequency of the bit clock at divisor 1.
  static let baudBase = 115_200

  /// FIFO mode is on.
  var usesFIFO: Bool { fcr & SerialBit.fifoEnable != 0 }

  /// Received bytes at which the interrupt comes: 1, 4, 8 or 14.
  var receiveTrigger: UInt32 {
    switch fcr >> 6 {
    case 0: 1
    case 1: 4
    case 2: 8
    default: 14
    }
  }

  /// Bits of a character on the line: start, data, parity and stop.
  var frameBits: Int {
    1 + Int(lcr & 3) + 5 + (lcr & 0x08 != 0 ? 1 : 0) + (lcr & 0x04 != 0 ? 2 : 1)
  }

  /// Nanoseconds that a character takes on the line.
  var characterTime: Int64 {
    let rate = max(1, Self.baudBase / max(1, Int(divider)))
    return Int64(1_000_000_000 / rate * frameBits)
  }

  /// Sets the FIFO control register and what follows from it.
  mutating func setFCR(_ value: UInt8) {
    fcr = value & SerialBit.fifoKept
    iir = usesFIFO ? iir | 0xC0 : iir & ~0xC0
  }

  /// The pending interrupt of the highest priority.
  var cause: UInt8 {
    if ier & SerialBit.enableLineStatus != 0, lsr & SerialBit.lineStatusCauses != 0 {
      return SerialCause.lineStatus
    }
    if ier & SerialBit.enableReceive != 0, timeoutIPending != 0 {
      return SerialCause.characterTimeout
    }
    if ier & SerialBit.enableReceive != 0, lsr & SerialBit.dataReady != 0,
      !usesFIFO || receiveFIFO.count >= receiveTrigger
    {
      return SerialCause.receive
    }
    if ier & SerialBit.enableTransmit != 0, thrIPending != 0 { return SerialCause.transmit }
    if ier & SerialBit.enableModemStatus != 0, msr & SerialBit.anyDelta != 0 {
      return SerialCause.modemStatus
    }
    return SerialCause.none
  }
}

/// The state of an ISA serial port: the register structure, one level deep.
///
/// QEMU: `ISASerialState`, hw/char/serial-isa.c.
public struct ISASerialState: Sendable {
  /// The chip.
  public var uart = SerialState()

  /// A port after a reset.
  public init() {}
}
