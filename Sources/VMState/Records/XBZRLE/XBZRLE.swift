/// The delta between two contents of a guest page.
///
/// Grammar: pairs of runs from the start of the page. A run of bytes that stay (its length
/// only; 0 is allowed at the very start), then a run of bytes that change (its length, at
/// least 1, and the new bytes themselves, not differences). What stays at the end of the page
/// is left out. Lengths are ULEB128 of one or two bytes, at most `0x3FFF`.
///
/// QEMU: migration/xbzrle.c; `uleb128_encode_small`, util/cutils.c.
public enum XBZRLE {
  /// The longest run that a delta can hold.
  public static let longestRun = 0x3FFF

  /// Puts a run's length: two bytes from 128 on.
  ///
  /// - Parameter length: At most `longestRun`.
  /// - Returns: The number of bytes put.
  @inline(__always)
  static func put(_ length: Int, at target: UnsafeMutableRawPointer) -> Int {
    if length < 0x80 {
      target.storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
      return 1
    }
    target.storeBytes(of: UInt8(truncatingIfNeeded: length | 0x80), as: UInt8.self)
    target.storeBytes(
      of: UInt8(truncatingIfNeeded: length &>> 7), toByteOffset: 1, as: UInt8.self)
    return 2
  }
}
