import DeviceModels

/// A piece of guest memory from address 0.
final class TestMemory: DMAMemory {
  var bytes: [UInt8]

  init(size: Int = 0x10000) { bytes = Array(repeating: 0, count: size) }

  private func range(_ address: UInt64, _ count: Int) -> Range<Int>? {
    guard count >= 0, address <= UInt64(bytes.count), bytes.count - Int(address) >= count else {
      return nil
    }
    return Int(address)..<Int(address) + count
  }

  func read(_ address: UInt64, count: Int) -> [UInt8]? {
    range(address, count).map { Array(bytes[$0]) }
  }

  func write(_ address: UInt64, _ source: ArraySlice<UInt8>) -> Bool {
    guard let range = range(address, source.count) else { return false }
    bytes.replaceSubrange(range, with: source)
    return true
  }

  /// Bytes at an address.
  subscript(_ address: Int, _ count: Int) -> [UInt8] {
    get { Array(bytes[address..<address + count]) }
    set { bytes.replaceSubrange(address..<address + count, with: newValue) }
  }
}
