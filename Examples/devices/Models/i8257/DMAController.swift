/// One i8257 DMA controller: four channels.
///
/// QEMU: hw/dma/i8257.c.
public final class DMAController {
  /// A device at a channel. It is given the bytes done and the length of the whole transfer,
  /// moves what it has with `read` and `write` of the controller, and returns the bytes done
  /// then.
  public typealias Device = (
    _ controller: DMAController, _ channel: Int, _ position: Int, _ length: Int
  ) -> Int

  /// Everything that travels, and the status register.
  public var state = DMAState()
  /// Where transfers go.
  public weak var memory: (any DMAMemory)?
  private var devices: [Device?] = [nil, nil, nil, nil]
  private var isTransferring = false

  /// A controller after a reset.
  ///
  /// - Parameter wordChannels: True for the second controller of a PC, which moves words.
  public init(wordChannels: Bool = false) { state.dshift = wordChannels ? 1 : 0 }

  /// Connects a device to a channel (modulo 4).
  public func connect(channel: Int, _ device: @escaping Device) { devices[channel & 3] = device }

  /// A device asks for its channel (modulo 4), or no longer does.
  public func setRequest(_ asks: Bool, channel: Int) {
    let bit = UInt8(0x10) << UInt8(channel & 3)
    if asks { state.status |= bit } else { state.status &= ~bit }
    run()
  }

  /// Machine reset, and the master clear command.
  public func reset() {
    state.flipFlop = 0
    state.mask = 0xFF
    state.status = 0
    state.command = 0
  }

  /// After a load: goes on with the transfers that are asked for.
  public func afterLoad() { run() }

  /// Gives each channel that asks, is not masked and has a device its turn, once.
  public func run() {
    guard !isTransferring && state.command & 4 == 0 else { return }
    isTransferring = true
    defer { isTransferring = false }
    for channel in 0..<4 {
      let bit = UInt8(1) << UInt8(channel)
      if state.status >> 4 & ~state.mask & bit != 0 { run(channel) }
    }
  }

  // Mode bits 7-6 both set: a cascade, the other controller's turn.
  private func run(_ channel: Int) {
    guard let device = devices[channel], state.regs[channel].mode >> 6 != 3 else { return }
    let length = length(of: channel)
    let position = min(max(Int(state.regs[channel].now[1]), 0), length)
    let done = min(max(device(self, channel, position, length), 0), length)
    state.regs[channel].now[1] = Int32(done)
    if done == length { finish(channel) }
  }

  // Terminal count: autoinitialize, or mask the channel.
  private func finish(_ channel: Int) {
    let bit = UInt8(1) << UInt8(channel)
    state.status |= bit
    if state.regs[channel].mode & 0x10 != 0 {
      restart(channel)
    } else {
      state.mask |= bit
    }
  }

  /// From the base registers to the current ones.
  func restart(_ channel: Int) {
    state.regs[channel].now[0] = Int32(state.regs[channel].base[0]) << shift
    state.regs[channel].now[1] = 0
  }

  /// 0 or 1, whatever the state says.
  var shift: Int32 { min(max(state.dshift, 0), 1) }

  /// Bytes of a whole transfer.
  public func length(of channel: Int) -> Int {
    (Int(state.regs[channel & 3].base[1]) + 1) << Int(shift)
  }
}
