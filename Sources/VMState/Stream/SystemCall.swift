#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system calls of the channels in one shape: interrupted calls are repeated, and a
/// failure is the negated error number.
enum SystemCall {
  /// A path or name as the system takes it: bytes and a terminator.
  typealias Name = [CChar]

  /// Repeats a call while it is interrupted.
  @inline(__always)
  static func repeated(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      let number = errno
      if number != EINTR { return -Int(number) }
    }
  }

  // MARK: - Bytes

  static func read(_ number: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    repeated { unqualifiedRead(number, buffer.baseAddress, buffer.count) }
  }

  static func write(_ number: Int32, _ spans: UnsafeBufferPointer<WriteSpan>) -> Int {
    spans.withMemoryRebound(to: iovec.self) { vectors in
      repeated { writev(number, vectors.baseAddress, Int32(clamping: vectors.count)) }
    }
  }

  static func read(
    _ number: Int32, _ buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) -> Int {
    guard let place = off_t(exactly: position) else { return 0 }
    return repeated { pread(number, buffer.baseAddress, buffer.count, place) }
  }

  static func write(_ number: Int32, _ bytes: UnsafeRawBufferPointer, at position: UInt64) -> Int {
    guard let place = off_t(exactly: position) else { return -Int(EFBIG) }
    return repeated { pwrite(number, bytes.baseAddress, bytes.count, place) }
  }

  static func seek(_ number: Int32, to position: UInt64) -> Int {
    guard let place = off_t(exactly: position) else { return -Int(EINVAL) }
    return lseek(number, place, SEEK_SET) < 0 ? -Int(errno) : 0
  }

  /// The first byte at or behind a position that is not in a hole; it moves the file's position.
  static func data(_ number: Int32, from position: UInt64) -> Int {
    guard let place = off_t(exactly: position) else { return -Int(EINVAL) }
    // The header shows the name to GNU programs only.
    #if canImport(Darwin)
      let found = lseek(number, place, 4)
    #else
      let found = lseek(number, place, 3)
    #endif
    return found < 0 ? -Int(errno) : Int(found)
  }

  // MARK: - Descriptors

  static func open(_ name: Name, _ flags: Int32, mode: mode_t = 0) -> Int {
    repeated { Int(unqualifiedOpen(name, flags | O_CLOEXEC, mode)) }
  }

  static func open(_ name: Name, in folder: Int32, _ flags: Int32, mode: mode_t = 0) -> Int {
    repeated { Int(openat(folder, name, flags | O_CLOEXEC, mode)) }
  }

  /// Closes once: after an interrupted close the number is free already.
  @discardableResult
  static func close(_ number: Int32) -> Int {
    unqualifiedClose(number) == 0 ? 0 : -Int(errno)
  }

  static func status(_ number: Int32, _ status: inout stat) -> Int {
    repeated { Int(fstat(number, &status)) }
  }

  /// Makes a pipe whose ends are not inherited by programs that are started later.
  static func pipe() -> (result: Int, reader: Int32, writer: Int32) {
    var ends: [Int32] = [-1, -1]
    guard unqualifiedPipe(&ends) == 0 else { return (-Int(errno), -1, -1) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (0, ends[0], ends[1])
  }

  /// Makes calls on the open file return instead of waiting.
  static func setNonblocking(_ number: Int32) -> Int {
    let flags = fcntl(number, F_GETFL)
    guard flags >= 0 else { return -Int(errno) }
    if flags & O_NONBLOCK != 0 { return 0 }
    return fcntl(number, F_SETFL, flags | O_NONBLOCK) < 0 ? -Int(errno) : 0
  }

  /// Lets a pipe hold more than its first 64 KiB, if the system does: each end waits for the other
  /// less often.
  static func enlargePipe(_ number: Int32) {
    #if os(Linux)
      // F_GETPIPE_SZ, F_SETPIPE_SZ; 1 MiB is what every user may have.
      let wanted: Int32 = 1 << 20
      if fcntl(number, 1032) < wanted { _ = fcntl(number, 1031, wanted) }
    #endif
  }

  /// Waits until the first descriptor is ready or the second can be read.
  static func wait(_ number: Int32, for events: Int16, or wake: Int32) -> Int {
    var list = [
      pollfd(fd: number, events: events, revents: 0),
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
    ]
    return repeated { Int(poll(&list, 2, -1)) }
  }

  /// Writes memory back to the file that backs it, and waits for that.
  static func writeBack(_ base: UnsafeMutableRawPointer, count: Int) -> Int {
    // The system takes whole pages.
    let excess = Int(UInt(bitPattern: base) % UInt(AnonymousMapping.hostPageSize))
    return repeated { Int(msync(base - excess, count + excess, MS_SYNC)) }
  }

  /// Hands a file's content to the disk.
  static func sync(_ number: Int32) -> Int {
    #if canImport(Darwin)
      if fcntl(number, F_FULLFSYNC) == 0 { return 0 }
    #endif
    return repeated { Int(fsync(number)) }
  }
}

// Inside the namespace the plain names mean its own functions.
private func unqualifiedRead(_ number: Int32, _ base: UnsafeMutableRawPointer?, _ count: Int)
  -> Int
{ read(number, base, count) }
private func unqualifiedOpen(_ name: [CChar], _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(name, flags, mode)
}
private func unqualifiedClose(_ number: Int32) -> Int32 { close(number) }
private func unqualifiedPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }
