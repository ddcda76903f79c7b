extension XBZRLE {
  /// Encodes what changed in a page.
  ///
  /// The bytes are those of QEMU's plain encoder, and so is the answer where space is short: a
  /// delta is given up as soon as fewer than two bytes are left where a length may follow.
  /// QEMU: `xbzrle_encode_buffer`, migration/xbzrle.c.
  ///
  /// - Parameters:
  ///   - old: What the receiver has.
  ///   - new: What it shall have, as many bytes. It must not change meanwhile: a page of a
  ///     running guest is copied first.
  ///   - target: Room for the delta, in QEMU as large as the page. It overlaps neither.
  /// - Returns: The length of the delta, 0 if nothing changed; nil if it has no room (or has a
  ///   run longer than `longestRun`): the page is then sent as it is.
  public static func encode(
    old: UnsafeRawBufferPointer, new: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer
  ) -> Int? {
    precondition(old.count == new.count, "both contents are of one page")
    guard let old = old.baseAddress, let newBase = new.baseAddress else { return 0 }
    guard let room = target.baseAddress else { return nil }
    return encode(old, newBase, size: new.count, room, limit: target.count)
  }

  private static func encode(
    _ old: UnsafeRawPointer, _ new: UnsafeRawPointer, size: Int,
    _ target: UnsafeMutableRawPointer, limit: Int
  ) -> Int? {
    var runs = XBZRLERuns(old, new, size: size)
    var index = 0
    var done = 0
    while index < size {
      guard done &+ 2 <= limit else { return nil }
      let start = index
      index = runs.endOfEqual(index)
      if index == size { break }
      guard index &- start <= longestRun else { return nil }
      done &+= put(index &- start, at: target + done)

      guard done &+ 2 <= limit else { return nil }
      let changed = index
      index = runs.endOfChanged(index)
      let count = index &- changed
      guard count <= longestRun else { return nil }
      done &+= put(count, at: target + done)
      guard done &+ count <= limit else { return nil }
      copy(
        new + changed, count, to: target + done,
        spare: min(size &- changed, limit &- done))
      done &+= count
    }
    return done
  }

  /// Copies a run; a short one by a single load and store of 16 bytes if so many may be read
  /// and written.
  @inline(__always)
  private static func copy(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer, spare: Int
  ) {
    if count <= 16, spare >= 16 {
      let piece = source.loadUnaligned(as: SIMD2<UInt64>.self)
      target.storeBytes(of: piece, as: SIMD2<UInt64>.self)
    } else {
      target.copyMemory(from: source, byteCount: count)
    }
  }
}
