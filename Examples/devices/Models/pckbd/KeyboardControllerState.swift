import VMState

/// The registers of the keyboard controller.
///
/// QEMU: `KBDState`, hw/input/pckbd.c.
public struct KeyboardControllerState: Sendable {
  /// The command whose parameter comes next at port 60, or 0.
  public var writeCommand: UInt8 = 0
  /// Status register.
  public var status: UInt8 = KeyboardControllerBit.unlocked | KeyboardControllerBit.lastWasCommand
  /// Command byte.
  public var mode: UInt8 =
    KeyboardControllerBit.keyboardInterrupt
    | KeyboardControllerBit.mouseInterrupt
  /// Who has data: keyboard 10, mouse 20, the controller itself 04 and 08.
  public var pending: UInt8 = 0
  /// The pending bits in the form that travels.
  public var pendingOnWire: UInt8 = 0

  /// Output port.
  public var outputPort: UInt8 = KeyboardControllerBit.outputDefault
  /// The stream has brought the output port.
  public var hasLoadedOutputPort = false

  /// The newer form of the state is used and sent.
  public var usesExtendedState = true
  /// The stream has brought the newer form.
  public var hasLoadedExtendedState = false
  /// Bit 0: the throttle timer was running when the state was saved.
  public var migrationFlags: UInt32 = 0
  /// Source of the byte in the output buffer: keyboard 1, mouse 2, controller 4.
  public var bufferSource: UInt32 = 0
  /// The last byte read.
  public var bufferData: UInt8 = 0
  /// The controller's own byte.
  public var controllerData: UInt8 = 0
  /// When the next keyboard byte may be shown.
  public var throttleTimer = TimerExpiry.none

  /// A controller after a reset.
  public init() {}

  /// The output port as it follows from the status register.
  var defaultOutputPort: UInt8 {
    var value = KeyboardControllerBit.outputDefault
    if status & KeyboardControllerBit.bufferFull != 0 { value |= 0x10 }
    if status & KeyboardControllerBit.mouseBufferFull != 0 { value |= 0x20 }
    return value
  }

  /// The pending bits that the command byte does not hold back.
  var visiblePending: UInt8 {
    let devices = KeyboardControllerBit.disableKeyboard | KeyboardControllerBit.disableMouse
    return usesExtendedState ? pending & (~mode | ~devices) : pending
  }

  /// Shows the pending byte of the highest priority in the status register.
  mutating func showPending() {
    typealias Bit = KeyboardControllerBit
    status &= ~(Bit.bufferFull | Bit.mouseBufferFull)
    outputPort &= ~0x30
    let visible = visiblePending
    guard visible != 0 else { return }
    var isMouse = false
    if visible & Bit.pendingControllerKeyboard != 0 {
      bufferSource = Bit.sourceController
    } else if visible & Bit.pendingControllerMouse != 0 {
      bufferSource = Bit.sourceController
      isMouse = true
    } else if visible & Bit.pendingKeyboard != 0 {
      bufferSource = Bit.sourceKeyboard
    } else {
      bufferSource = Bit.sourceMouse
      isMouse = true
    }
    status |= Bit.bufferFull | (isMouse ? Bit.mouseBufferFull : 0)
    outputPort |= isMouse ? 0x30 : 0x10
  }
}

/// Bits of the keyboard controller's registers.
enum KeyboardControllerBit {
  /// Status: a byte waits at port 60.
  static let bufferFull: UInt8 = 0x01
  /// Status: self-test passed.
  static let systemFlag: UInt8 = 0x04
  /// Status: the last write went to port 64.
  static let lastWasCommand: UInt8 = 0x08
  /// Status: the keyboard is not locked.
  static let unlocked: UInt8 = 0x10
  /// Status: the waiting byte is the mouse's.
  static let mouseBufferFull: UInt8 = 0x20

  /// Command byte: interrupt 1 for the keyboard.
  static let keyboardInterrupt: UInt8 = 0x01
  /// Command byte: interrupt 12 for the mouse.
  static let mouseInterrupt: UInt8 = 0x02
  /// Command byte: keyboard interface off.
  static let disableKeyboard: UInt8 = 0x10
  /// Command byte: mouse interface off.
  static let disableMouse: UInt8 = 0x20
  /// Command byte: translate scan codes to set 1.
  static let translate: UInt8 = 0x40

  /// Output port: not in reset, A20 on, and four bits that software writes as ones.
  static let outputDefault: UInt8 = 0xCF
  /// Output port: address line 20.
  static let a20: UInt8 = 0x02

  static let pendingControllerKeyboard: UInt8 = 0x04
  static let pendingControllerMouse: UInt8 = 0x08
  static let pendingKeyboard: UInt8 = 0x10
  static let pendingMouse: UInt8 = 0x20
  /// The older form of the keyboard's pending bit.
  static let oldPendingKeyboard: UInt8 = 0x01
  /// The older form of the mouse's pending bit.
  static let oldPendingMouse: UInt8 = 0x02
  /// All bits in use.
  static let pendingMask: UInt8 = 0x3C

  static let sourceKeyboard: UInt32 = 1
  static let sourceMouse: UInt32 = 2
  static let sourceController: UInt32 = 4

  /// Migration flags: the throttle timer runs.
  static let timerPending: UInt32 = 1
}

/// The state of the controller on the ISA bus: the register structure, one level deep.
///
/// QEMU: `ISAKBDState`, include/hw/input/i8042.h.
public struct ISAKeyboardControllerState: Sendable {
  /// The controller.
  public var controller = KeyboardControllerState()

  /// A controller after a reset.
  public init() {}
}
