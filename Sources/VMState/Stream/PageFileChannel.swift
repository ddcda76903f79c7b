#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

internal import CVMState

/// One more descriptor of a regular file, for pages at fixed places: it reads or writes at
/// positions only, and its own stream position stays unused.
///
/// With direct I/O the bytes go past the system's cache. Addresses, positions and lengths are
/// then multiples of `alignment`. QEMU: `multifd_file_send_setup`, migration/file.c.
public final class PageFileChannel: ByteChannel {
  /// Direct I/O is on.
  public let isDirect: Bool
  private let descriptor: Descriptor
  private let calls: FileCalls
  private let failed: @Sendable () -> Void

  private init(
    _ descriptor: Descriptor, isDirect: Bool, calls: FileCalls,
    failed: @escaping @Sendable () -> Void
  ) {
    self.descriptor = descriptor
    self.isDirect = isDirect
    self.calls = calls
    self.failed = failed
  }

  /// Positioned I/O and shutdown.
  public var capabilities: ChannelCapabilities { [.positioned, .shutdown] }

  /// The file's present size in bytes.
  public var size: UInt64? { descriptor.size }

  /// The host's page size with direct I/O, 1 without.
  public var alignment: Int { isDirect ? AnonymousMapping.hostPageSize : 1 }

  /// Fails with `unsupported`: pages have positions.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this descriptor of the file is for positions only")
  }

  /// Fails with `unsupported`: pages have positions.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this descriptor of the file is for positions only")
  }

  /// Reads at a position; 0 at the end.
  ///
  /// - Throws: `channelFailed`; `unsupported` for direct I/O that the file system refuses.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    do throws(VMStateError) {
      return try descriptor.read(into: buffer, at: position)
    } catch {
      throw explained(error)
    }
  }

  /// Writes at a position; after a failure the save that owns the file cannot be committed.
  ///
  /// - Throws: `channelFailed`; `unsupported` for direct I/O that the file system refuses.
  public func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    do throws(VMStateError) {
      try calls.beforeWrite(descriptor.name)
      return try descriptor.write(bytes, at: position)
    } catch {
      failed()
      throw explained(error)
    }
  }

  /// A file system that takes the flag may refuse the transfers themselves.
  private func explained(_ error: VMStateError) -> VMStateError {
    guard isDirect, (error.cause as? SystemError)?.number == EINVAL else { return error }
    return Self.refusal(descriptor.name, error.cause)
  }

  private static func refusal(_ name: String, _ cause: (any Error)?) -> VMStateError {
    VMStateError(
      .unsupported, "the file system of \(name) does no direct I/O in pieces of pages",
      cause: cause)
  }

  /// Makes all present and later calls fail.
  public func shutdown() { descriptor.shutdown() }

  /// Closes this descriptor; the file itself is its owner's.
  public func close() throws(VMStateError) { descriptor.close() }
}

extension PageFileChannel {
  /// Opens a descriptor.
  ///
  /// - Parameters:
  ///   - open: Opens with more flags, and answers the number or a negated error number.
  ///   - failed: Called when a write fails.
  /// - Throws: `channelFailed`; `unsupported` where there is no direct I/O.
  static func opened(
    _ name: String, isDirect: Bool, calls: FileCalls = FileCalls(),
    failed: @escaping @Sendable () -> Void = {}, _ open: (Int32) -> Int
  ) throws(VMStateError) -> PageFileChannel {
    let flag = isDirect ? vms_o_direct() : 0
    #if !canImport(Darwin)
      guard !isDirect || flag != 0 else { throw refusal(name, nil) }
    #endif
    let number = open(flag)
    if isDirect, number == -Int(EINVAL) { throw refusal(name, SystemError(EINVAL)) }
    guard number >= 0 else { throw .system("cannot open \(name) once more", number) }
    let descriptor = try Descriptor.adopting(Int32(number), name: name)
    guard descriptor.kind == .regular else {
      throw VMStateError(.unsupported, "\(name) is no regular file: pages have no places in it")
    }
    #if canImport(Darwin)
      if isDirect { _ = fcntl(Int32(number), F_NOCACHE, 1) }
    #endif
    return PageFileChannel(descriptor, isDirect: isDirect, calls: calls, failed: failed)
  }
}
