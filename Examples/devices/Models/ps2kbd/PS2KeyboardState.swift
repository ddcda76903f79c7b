/// The state of a PS/2 keyboard.
///
/// QEMU: `PS2KbdState`, include/hw/input/ps2.h.
public struct PS2KeyboardState: Sendable {
  /// Queue and pending parameter.
  public var common = PS2CommonState()
  /// Keys are reported: 0 or 1.
  public var scanEnabled: Int32 = 1
  /// Codes are translated to set 1: 0 or 1.
  public var translate: Int32 = 0
  /// Scan code set, 1 to 3.
  public var scancodeSet: Int32 = 2
  /// Lamps: scroll lock in bit 0, num lock in bit 1, caps lock in bit 2.
  public var ledState: Int32 = 0
  /// The translator has seen the release prefix: the next code gets bit 7.
  public var needsHighBit = false

  /// A keyboard after power-on.
  public init() {}
}

/// The lamps of a keyboard.
public struct PS2KeyboardLEDs: OptionSet, Sendable, Hashable {
  /// The parameter of command ED.
  public let rawValue: UInt8

  /// From the parameter of command ED.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Scroll lock.
  public static let scrollLock = Self(rawValue: 1)
  /// Num lock.
  public static let numLock = Self(rawValue: 2)
  /// Caps lock.
  public static let capsLock = Self(rawValue: 4)
}
