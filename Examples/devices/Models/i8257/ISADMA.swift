/// The two DMA controllers of a PC: channels 0...3 move bytes, 4...7 words (4 is the cascade).
public final class ISADMA {
  /// Channels 0...3.
  public let first = DMAController()
  /// Channels 4...7.
  public let second = DMAController(wordChannels: true)

  /// Both controllers after a reset.
  public init() {}

  /// A port write; false if the port is not one of these.
  @discardableResult
  public func write(port: UInt16, value: UInt8) -> Bool {
    switch port {
    case 0x00...0x0F: first.write(register: Int(port), value: value)
    case 0xC0...0xDF: second.write(register: Int(port - 0xC0) >> 1, value: value)
    default:
      guard let page = Self.page(port) else { return false }
      let controller = page.isSecond ? second : first
      if page.isHigh {
        controller.state.regs[page.channel].pageh = value & 0x7F
      } else {
        controller.state.regs[page.channel].page = value
      }
    }
    return true
  }

  /// A port read; nil if the port is not one of these.
  public func read(port: UInt16) -> UInt8? {
    switch port {
    case 0x00...0x0F: return first.read(register: Int(port))
    case 0xC0...0xDF: return second.read(register: Int(port - 0xC0) >> 1)
    default:
      guard let page = Self.page(port) else { return nil }
      let regs = (page.isSecond ? second : first).state.regs[page.channel]
      return page.isHigh ? regs.pageh : regs.page
    }
  }

  // Page registers: 0x81...0x8F and 0x481...0x48F, wired without order.
  private static func page(
    _ port: UInt16
  ) -> (isSecond: Bool, isHigh: Bool, channel: Int)? {
    let isHigh = port & 0xFFF0 == 0x480
    guard isHigh || port & 0xFFF0 == 0x80 else { return nil }
    let channel: Int
    switch port & 7 {
    case 7: channel = 0
    case 3: channel = 1
    case 1: channel = 2
    case 2: channel = 3
    default: return nil
    }
    return (port & 8 != 0, isHigh, channel)
  }
}
