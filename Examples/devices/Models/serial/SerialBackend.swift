/// Format of the characters on a serial line.
public struct SerialLineFormat: Sendable, Hashable {
  /// Bits per second.
  public var speed: Int
  /// Data bits, 5 to 8.
  public var dataBits: Int
  /// Stop bits, 1 or 2.
  public var stopBits: Int
  /// Parity: none, odd or even.
  public var parity: Parity

  /// A format.
  public init(speed: Int, dataBits: Int, stopBits: Int, parity: Parity) {
    self.speed = speed
    self.dataBits = dataBits
    self.stopBits = stopBits
    self.parity = parity
  }

  /// Parity of a character.
  public enum Parity: Sendable, Hashable {
    /// No parity bit.
    case none
    /// An odd number of ones.
    case odd
    /// An even number of ones.
    case even
  }
}

/// Modem lines that the other end drives.
public struct SerialModemLines: OptionSet, Sendable, Hashable {
  /// In the bit order of the modem status register's upper half.
  public let rawValue: UInt8

  /// From the upper half of the modem status register.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Clear to send.
  public static let clearToSend = Self(rawValue: 0x10)
  /// Data set ready.
  public static let dataSetReady = Self(rawValue: 0x20)
  /// Ring indicator.
  public static let ring = Self(rawValue: 0x40)
  /// Carrier detect.
  public static let carrier = Self(rawValue: 0x80)
}

/// What a serial port is plugged into.
public protocol SerialBackend: AnyObject {
  /// Takes a byte from the port.
  ///
  /// - Returns: false if it cannot now; the owner calls `resumeTransmit` when it can.
  func transmit(_ byte: UInt8) -> Bool
  /// The guest has changed the line's format.
  func setFormat(_ format: SerialLineFormat)
  /// The guest begins or ends a break.
  func setBreak(_ isOn: Bool)
  /// The lines now, or nil if this end has no modem lines.
  var modemLines: SerialModemLines? { get }
  /// The guest drives request-to-send and data-terminal-ready.
  func setModemOutputs(requestToSend: Bool, dataTerminalReady: Bool)
  /// The port can take more bytes.
  func acceptInput()
}

extension SerialBackend {
  /// Ignored.
  public func setFormat(_ format: SerialLineFormat) {}
  /// Ignored.
  public func setBreak(_ isOn: Bool) {}
  /// No modem lines.
  public var modemLines: SerialModemLines? { nil }
  /// Ignored.
  public func setModemOutputs(requestToSend: Bool, dataTerminalReady: Bool) {}
  /// Ignored.
  public func acceptInput() {}
}
