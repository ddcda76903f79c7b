import VMState
import VMStateInspect

/// A copy of a stream with one wrong value in it.
enum DamagedCopy {
  /// The copy, in memory.
  ///
  /// - Throws: The error of reading the file, or that it has no section `i8254`.
  static func make(of path: String) throws(VMStateError) -> MemoryChannel {
    let stream = StreamWalk.collect(try FileChannel(reading: path))
    let sections = stream.elements.compactMap { element -> WalkedSection? in
      guard case .section(let section) = element else { return nil }
      return section
    }
    guard let timer = sections.first(where: { $0.idstr == "i8254" }) else {
      throw VMStateError(.badDescription, "the file has no interval timer", path: ["i8254"])
    }
    var bytes = try read(path)
    // After `irq_disabled` comes the first channel, which begins with its count.
    let count = Int(timer.bodyOffset) + 4
    for offset in count..<count + 4 { bytes[offset] = 0 }
    return MemoryChannel(bytes)
  }

  /// All bytes of a file.
  static func read(_ path: String) throws(VMStateError) -> [UInt8] {
    let channel = try FileChannel(reading: path)
    var bytes = [UInt8](repeating: 0, count: Int(channel.size ?? 0))
    var done = 0
    while done < bytes.count {
      var failure: VMStateError?
      let count = bytes.withUnsafeMutableBytes { buffer -> Int in
        do throws(VMStateError) {
          return try channel.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      guard count > 0 else { break }
      done += count
    }
    return bytes
  }
}
