import VMState

extension FirmwareConfig {
  private enum Control {
    static let error: UInt32 = 0x01
    static let read: UInt32 = 0x02
    static let skip: UInt32 = 0x04
    static let select: UInt32 = 0x08
    static let write: UInt32 = 0x10
  }

  /// Most bytes moved at once.
  private static let piece = 4096

  /// Carries out a request: be32 control, be32 length, be64 address. The control word is
  /// written back as 0, or with the error bit.
  func transfer(requestAt address: UInt64) {
    guard let memory else { return }
    guard let request = memory.read(address, count: 16) else { return }
    var control = number(request[0..<4])
    let length = number(request[4..<8])
    let target = UInt64(number(request[8..<12])) << 32 | UInt64(number(request[12..<16]))
    if control & Control.select != 0 { select(UInt16(control >> 16)) }
    control = move(control, Int(length), target, memory) ? 0 : Control.error
    _ = memory.write(address, bigEndian(control)[...])
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  private func move(
    _ control: UInt32, _ length: Int, _ target: UInt64, _ memory: any DMAMemory
  ) -> Bool {
    if control & Control.read != 0 { return copyOut(length, target, memory) }
    if control & Control.write != 0 { return copyIn(length, target, memory) }
    if control & Control.skip != 0 { advance(length) }
    return true
  }

  /// Bytes left of the selected item.
  private var remaining: Int { max(0, (content?.count ?? 0) - Int(state.currentOffset)) }

  private func advance(_ count: Int) {
    state.currentOffset += UInt32(min(count, remaining))
  }

  /// Item to memory; zeros after its end.
  private func copyOut(_ length: Int, _ target: UInt64, _ memory: any DMAMemory) -> Bool {
    let bytes = content ?? []
    let first = min(Int(state.currentOffset), bytes.count)
    advance(length)
    for done in stride(from: 0, to: length, by: Self.piece) {
      let count = min(Self.piece, length - done)
      let part = bytes.dropFirst(first + done).prefix(count)
      let padded = Array(part) + Array(repeating: 0, count: count - part.count)
      guard memory.write(target &+ UInt64(done), padded[...]) else { return false }
    }
    return true
  }

  /// Memory to file, all or nothing.
  private func copyIn(_ length: Int, _ target: UInt64, _ memory: any DMAMemory) -> Bool {
    guard length <= remaining, let bytes = memory.read(target, count: length),
      store(bytes, at: Int(state.currentOffset))
    else { return false }
    advance(length)
    return true
  }
}
