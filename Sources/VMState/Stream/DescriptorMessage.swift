#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The ancillary message that carries descriptors over a UNIX socket (`SCM_RIGHTS`).
///
/// Layout: a header (length of header and data, level, type), then one 32-bit number for
/// each descriptor; header and messages are padded to the alignment of the header.
enum DescriptorMessage {
  private static let unit = MemoryLayout<cmsghdr>.alignment

  private static func aligned(_ count: Int) -> Int { (count + unit - 1) & ~(unit - 1) }

  private static var headerSize: Int { aligned(MemoryLayout<cmsghdr>.size) }

  /// Bytes that a message of some descriptors takes.
  static func size(for count: Int) -> Int {
    headerSize + aligned(count * MemoryLayout<Int32>.size)
  }

  /// Lends the message for one descriptor.
  static func with<R>(
    _ descriptor: Int32, _ body: (UnsafeMutableRawBufferPointer) -> R
  ) -> R {
    withUnsafeTemporaryAllocation(byteCount: size(for: 1), alignment: unit) { message in
      message.initializeMemory(as: UInt8.self, repeating: 0)
      var header = cmsghdr()
      header.cmsg_len = .init(headerSize + MemoryLayout<Int32>.size)
      header.cmsg_level = SOL_SOCKET
      header.cmsg_type = rights
      withUnsafeBytes(of: header) { message.copyMemory(from: $0) }
      message.storeBytes(of: descriptor, toByteOffset: headerSize, as: Int32.self)
      return body(message)
    }
  }

  /// The descriptors in received ancillary data, in the order in which they were sent.
  static func descriptors(in control: UnsafeRawBufferPointer) -> [Int32] {
    var found: [Int32] = []
    var offset = 0
    while control.count - offset >= headerSize {
      let header = control.loadUnaligned(fromByteOffset: offset, as: cmsghdr.self)
      let length = Int(header.cmsg_len)
      guard length >= headerSize, length <= control.count - offset else { break }
      if header.cmsg_level == SOL_SOCKET, header.cmsg_type == rights {
        let numbers = control[offset + headerSize..<offset + length]
        append(UnsafeRawBufferPointer(rebasing: numbers), to: &found)
      }
      offset += aligned(length)
    }
    return found
  }

  private static func append(_ numbers: UnsafeRawBufferPointer, to found: inout [Int32]) {
    let size = MemoryLayout<Int32>.size
    for index in 0..<numbers.count / size {
      found.append(numbers.loadUnaligned(fromByteOffset: index * size, as: Int32.self))
    }
  }

  private static var rights: Int32 { Int32(SCM_RIGHTS) }
}
