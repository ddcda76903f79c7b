#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Descriptor {
  /// Reads the next bytes; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try perform(POLLIN, "read") { SystemCall.read($0, buffer) }
  }

  /// Writes some bytes of the spans.
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    if writeLimit < .max { return try writeLittle(spans) }
    return try perform(POLLOUT, "write") { number in
      switch kind {
      case .pipe, .socket: BrokenPipeSignal.kept { SystemCall.write(number, spans) }
      case .regular, .directory, .device: SystemCall.write(number, spans)
      }
    }
  }

  /// Writes at most as many bytes as a ready pipe takes without waiting.
  private func writeLittle(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    guard let first = spans.first else { return 0 }
    let piece = WriteSpan(base: first.base, count: min(first.count, writeLimit))
    return try withUnsafePointer(to: piece) { piece throws(VMStateError) in
      try perform(POLLOUT, "write") { number in
        BrokenPipeSignal.kept {
          SystemCall.write(number, UnsafeBufferPointer(start: piece, count: 1))
        }
      }
    }
  }

  /// Reads at a position.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try perform(POLLIN, "read") { SystemCall.read($0, buffer, at: position) }
  }

  /// Writes at a position.
  func write(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(VMStateError) -> Int {
    try perform(POLLOUT, "write") { SystemCall.write($0, bytes, at: position) }
  }

  /// Moves the position of a regular file.
  func seek(to position: UInt64) throws(VMStateError) {
    guard kind == .regular else {
      throw VMStateError(.unsupported, "\(name) cannot move its position")
    }
    _ = try perform(POLLIN, "seek in") { SystemCall.seek($0, to: position) }
  }

  /// The first byte of a regular file at or behind a position that is not in a hole; nil if only
  /// a hole follows, the position itself where holes are not told. The file's position stays.
  func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? {
    guard kind == .regular else { return position }
    var found: UInt64? = position
    _ = try perform(POLLIN, "examine") { number in
      let before = lseek(number, 0, SEEK_CUR)
      let place = SystemCall.data(number, from: position)
      lseek(number, before, SEEK_SET)
      if place >= 0 { found = UInt64(place) } else if place == -Int(ENXIO) { found = nil }
      return 1
    }
    return found
  }

  /// The present size of a regular file.
  var size: UInt64? {
    guard kind == .regular else { return nil }
    var size: UInt64?
    _ = try? perform(POLLIN, "examine") { number in
      var status = stat()
      let result = SystemCall.status(number, &status)
      if result >= 0 { size = UInt64(clamping: status.st_size) }
      return 1
    }
    return size
  }

  /// The position of a regular file's next sequential read or write.
  var offset: UInt64 {
    var offset: UInt64 = 0
    _ = try? perform(POLLIN, "examine") { number in
      offset = UInt64(clamping: lseek(number, 0, SEEK_CUR))
      return 1
    }
    return offset
  }
}
