/// Bits of the 16550A's registers, by the names of its data sheet.
enum SerialBit {
  /// Line control: the first two registers are the divisor latch.
  static let divisorLatch: UInt8 = 0x80
  /// Line control: send a break.
  static let lineBreak: UInt8 = 0x40

  /// Interrupt enable: received data.
  static let enableReceive: UInt8 = 0x01
  /// Interrupt enable: transmitter holding register empty.
  static let enableTransmit: UInt8 = 0x02
  /// Interrupt enable: receiver line status.
  static let enableLineStatus: UInt8 = 0x04
  /// Interrupt enable: modem status.
  static let enableModemStatus: UInt8 = 0x08

  /// FIFO control: FIFOs on.
  static let fifoEnable: UInt8 = 0x01
  /// FIFO control: clear the receive FIFO.
  static let clearReceive: UInt8 = 0x02
  /// FIFO control: clear the transmit FIFO.
  static let clearTransmit: UInt8 = 0x04
  /// FIFO control: the bits that stay (enable, DMA mode, trigger level).
  static let fifoKept: UInt8 = 0xC9

  /// Modem control: request to send.
  static let requestToSend: UInt8 = 0x02
  /// Modem control: data terminal ready.
  static let dataTerminalReady: UInt8 = 0x01
  /// Modem control: OUT2, which gates the interrupt on a PC.
  static let out2: UInt8 = 0x08
  /// Modem control: loopback test mode.
  static let loopback: UInt8 = 0x10

  /// Line status: received data ready.
  static let dataReady: UInt8 = 0x01
  /// Line status: overrun.
  static let overrun: UInt8 = 0x02
  /// Line status: break received.
  static let breakReceived: UInt8 = 0x10
  /// Line status: holding register (or FIFO) empty.
  static let holdingEmpty: UInt8 = 0x20
  /// Line status: transmitter wholly empty.
  static let transmitterEmpty: UInt8 = 0x40
  /// Line status: the bits that raise a line status interrupt.
  static let lineStatusCauses: UInt8 = 0x1E

  /// Modem status: the four change bits.
  static let anyDelta: UInt8 = 0x0F
  /// Modem status: trailing edge of the ring indicator.
  static let trailingRing: UInt8 = 0x04
  /// Modem status: ring indicator.
  static let ring: UInt8 = 0x40
}

/// Values of the interrupt identification register's low four bits.
enum SerialCause {
  /// Mask of the cause without the time-out bit.
  static let mask: UInt8 = 0x06
  /// No interrupt is pending.
  static let none: UInt8 = 0x01
  /// Modem status.
  static let modemStatus: UInt8 = 0x00
  /// Holding register empty.
  static let transmit: UInt8 = 0x02
  /// Received data.
  static let receive: UInt8 = 0x04
  /// Receiver line status.
  static let lineStatus: UInt8 = 0x06
  /// Characters wait in the receive FIFO for too long.
  static let characterTimeout: UInt8 = 0x0C
}
