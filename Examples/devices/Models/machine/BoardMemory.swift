import VMState

/// The machine's main memory as its processor and its bus masters reach it: a RAM block from
/// address 0 on. Every store is marked in the block's dirty log.
public final class BoardMemory: DMAMemory, Sendable {
  /// The block.
  public let block: RAMBlock

  /// Memory in a block.
  public init(_ block: RAMBlock) { self.block = block }

  /// Copies memory out; nil beyond its end.
  public func read(_ address: UInt64, count: Int) -> [UInt8]? {
    guard contains(address, count) else { return nil }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
      initialized = (try? block.memory.read(at: address, into: target)) == nil ? 0 : count
    }
  }

  /// Copies bytes in; false beyond the end of the memory.
  public func write(_ address: UInt64, _ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBytes { store($0, at: address) }
  }

  /// Reads eight bytes, least significant first; 0 beyond the end of the memory.
  public func word(at address: UInt64) -> UInt64 {
    var value: UInt64 = 0
    withUnsafeMutableBytes(of: &value) { try? block.memory.read(at: address, into: $0) }
    return UInt64(littleEndian: value)
  }

  /// Stores eight bytes, least significant first; false beyond the end of the memory.
  @discardableResult
  public func store(_ value: UInt64, at address: UInt64) -> Bool {
    withUnsafeBytes(of: value.littleEndian) { store($0, at: address) }
  }

  private func store(_ bytes: UnsafeRawBufferPointer, at address: UInt64) -> Bool {
    do throws(VMStateError) {
      try block.write(bytes, at: address)
      return true
    } catch {
      return false
    }
  }

  private func contains(_ address: UInt64, _ count: Int) -> Bool {
    block.memory.contains(offset: address, count: count)
      && address + UInt64(count) <= block.usedLength
  }
}
