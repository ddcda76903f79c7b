#if os(Linux)
  internal import CVMState
  import Glibc

  /// A userfaultfd: memory ranges of this process whose first write is noticed.
  ///
  /// Linux: `userfaultfd(2)`, `ioctl_userfaultfd(2)`.
  final class UserFaults: Sendable {
    /// Feature bits of the interface's handshake.
    struct Features: OptionSet, Sendable {
      let rawValue: UInt64
      static let writeProtection = Self(rawValue: 1)
      static let sharedMemory = Self(rawValue: 1 << 12)
      static let untouchedPages = Self(rawValue: 1 << 13)
      static let asynchronous = Self(rawValue: 1 << 15)
    }

    // Numbers of the requests, with the length of their argument.
    private static let handshake: UInt = 0xC018_AA3F
    private static let register: UInt = 0xC020_AA00
    private static let unregister: UInt = 0x8010_AA01
    private static let protect: UInt = 0xC018_AA06
    private static let version: UInt64 = 0xAA

    let file: Int32
    let features: Features

    /// Opens a descriptor with these features.
    ///
    /// - Throws: `unsupported` with the system's error number as its cause.
    init(_ features: Features) throws(VMStateError) {
      let result = Int(vms_userfaultfd(O_CLOEXEC | O_NONBLOCK))
      guard result >= 0 else { throw Self.refused("the kernel refused a userfaultfd", result) }
      file = Int32(result)
      self.features = features
      var words = [Self.version, features.rawValue, 0]
      let agreed = Self.call(file, Self.handshake, &words)
      // The object is whole: its end closes the file.
      if agreed != 0 {
        throw Self.refused("the kernel's userfaultfd lacks a wanted feature", agreed)
      }
    }

    deinit { SystemCall.close(file) }

    /// Begins to watch writes to a range of whole host pages; nothing is protected yet.
    func watch(_ range: Range<UInt64>) throws(VMStateError) {
      var words = [range.lowerBound, UInt64(range.count), 2, 0]
      let result = Self.call(file, Self.register, &words)
      if result != 0 { throw Self.refused("the kernel refused to watch this memory", result) }
    }

    /// Ends the watch of a range; waiting writers go on.
    func unwatch(_ range: Range<UInt64>) {
      var words = [range.lowerBound, UInt64(range.count)]
      _ = Self.call(file, Self.unregister, &words)
    }

    /// Protects a watched range against writes, or lets them pass and wakes who waits.
    func setProtected(_ isProtected: Bool, _ range: Range<UInt64>) throws(VMStateError) {
      var result = -Int(EAGAIN)
      while result == -Int(EAGAIN) {
        var words = [range.lowerBound, UInt64(range.count), isProtected ? 1 : 0]
        result = Self.call(file, Self.protect, &words)
      }
      if result != 0 { throw Self.refused("the kernel refused to protect memory", result) }
    }

    /// Waits for writers that are stopped by the protection, or for the other descriptor.
    ///
    /// - Returns: How many addresses were put into the list; nil when `wake` can be read.
    func waitForWriters(_ addresses: inout [UInt64], or wake: Int32) -> Int? {
      guard SystemCall.wait(file, for: Int16(POLLIN), or: wake) > 0 else { return nil }
      var count = 0
      // Messages of 32 bytes: the event's kind in the first, the address at 16.
      withUnsafeTemporaryAllocation(byteCount: 32 * addresses.count, alignment: 8) { buffer in
        let got = SystemCall.read(file, buffer)
        for place in stride(from: 0, to: max(got, 0), by: 32) where buffer[place] == 0x12 {
          addresses[count] = buffer.load(fromByteOffset: place + 16, as: UInt64.self)
          count += 1
        }
      }
      if count > 0 { return count }
      var list = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
      return poll(&list, 1, 0) > 0 ? nil : 0
    }

    private static func call(_ file: Int32, _ request: UInt, _ words: inout [UInt64]) -> Int {
      words.withUnsafeMutableBytes { bytes in
        SystemCall.repeated { Int(ioctl(file, request, bytes.baseAddress!)) }
      }
    }

    static func refused(_ message: String, _ result: Int) -> VMStateError {
      let cause = SystemError(Int32(clamping: -result))
      return VMStateError(
        .unsupported, message, found: "error \(cause.number): \(cause)", cause: cause)
    }
  }
#endif
