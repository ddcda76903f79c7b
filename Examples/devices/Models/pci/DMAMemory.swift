/// Guest memory as a bus master sees it.
public protocol DMAMemory: AnyObject {
  /// Copies memory out.
  ///
  /// - Parameters:
  ///   - address: Guest physical address.
  ///   - count: Number of bytes.
  /// - Returns: nil if there is no memory at the address.
  func read(_ address: UInt64, count: Int) -> [UInt8]?

  /// Copies bytes in.
  ///
  /// - Returns: false if there is no memory at the address.
  func write(_ address: UInt64, _ bytes: ArraySlice<UInt8>) -> Bool
}
