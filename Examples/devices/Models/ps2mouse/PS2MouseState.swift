/// The state of a PS/2 mouse.
///
/// QEMU: `PS2MouseState`, include/hw/input/ps2.h.
public struct PS2MouseState: Sendable {
  /// Queue and pending parameter.
  public var common = PS2CommonState()
  /// Scaling 2:1 in bit 4, enabled in bit 5, remote mode in bit 6.
  public var status: UInt8 = 0
  /// Resolution: 0 to 3 for 1, 2, 4 and 8 counts a millimetre.
  public var resolution: UInt8 = 0
  /// Reports a second.
  public var sampleRate: UInt8 = 0
  /// Wrap mode: what comes is sent back.
  public var wrap: UInt8 = 0
  /// Identity: 0 standard, 3 with wheel, 4 with wheel and five buttons.
  public var type: UInt8 = 0
  /// Steps of the sequence of sample rates that unlocks the wheel.
  public var detectState: UInt8 = 0
  /// Counts to the right that are not reported yet.
  public var dx: Int32 = 0
  /// Counts upwards that are not reported yet.
  public var dy: Int32 = 0
  /// Wheel steps downwards that are not reported yet.
  public var dz: Int32 = 0
  /// Buttons: left, right, middle, side, extra in bits 0 to 4.
  public var buttons: UInt8 = 0

  /// A mouse after power-on.
  public init() {}
}

/// The buttons of a mouse.
public struct PS2MouseButtons: OptionSet, Sendable, Hashable {
  /// As in the report's first byte and, for the last two, in the fourth.
  public let rawValue: UInt8

  /// From the report's bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Left.
  public static let left = Self(rawValue: 0x01)
  /// Right.
  public static let right = Self(rawValue: 0x02)
  /// Middle.
  public static let middle = Self(rawValue: 0x04)
  /// The fourth button.
  public static let side = Self(rawValue: 0x08)
  /// The fifth button.
  public static let extra = Self(rawValue: 0x10)
}
