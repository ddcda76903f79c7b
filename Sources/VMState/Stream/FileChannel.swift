#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A channel that reads what a path names: a regular file, a FIFO, a device.
///
/// Regular files are never mapped: one that another program cuts short gives the error
/// `fileTruncated` instead of a signal. Saving goes through `AtomicFileChannel`.
public final class FileChannel: ByteChannel {
  private let file: FileDescriptorChannel
  let path: String
  private let identity: (device: UInt64, number: UInt64)

  /// Opens a path for reading; a FIFO is waited for until it has a writer.
  ///
  /// - Throws: `channelFailed`, also for a directory.
  public init(reading path: String) throws(VMStateError) {
    let name = try FilePath(path)
    let number = SystemCall.open(name.terminated, O_RDONLY | O_NOCTTY)
    guard number >= 0 else { throw .system("cannot open \(path)", number) }
    let descriptor = try Descriptor.adopting(Int32(number), name: path)
    guard !descriptor.isDirectory else { throw .system("cannot read \(path)", -Int(EISDIR)) }
    file = FileDescriptorChannel(descriptor)
    self.path = path
    identity = Self.identity(Int32(number)) ?? (0, 0)
  }

  private static func identity(_ number: Int32) -> (device: UInt64, number: UInt64)? {
    var status = stat()
    guard SystemCall.status(number, &status) >= 0 else { return nil }
    return (UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino))
  }

  /// True for a descriptor of the same file.
  func isSame(_ number: Int32) -> Bool {
    Self.identity(number).map { $0 == identity } ?? false
  }

  /// Shutdown; positioned I/O on regular files.
  public var capabilities: ChannelCapabilities { file.capabilities }

  /// The size of a regular file when it was opened, in bytes.
  public var size: UInt64? { file.initialSize }

  /// Reads the next bytes; 0 at the end.
  ///
  /// - Throws: `channelFailed`, `fileTruncated`.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try file.read(into: buffer)
  }

  /// Fails with `unsupported`: the file is open for reading.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "the file is open for reading only")
  }

  /// Reads at a position; 0 at the end.
  ///
  /// - Throws: `channelFailed`, `fileTruncated`, `unsupported`.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try file.read(into: buffer, at: position)
  }

  /// Moves the position of the next read in order.
  ///
  /// - Throws: `channelFailed`, `unsupported`.
  public func seek(to position: UInt64) throws(VMStateError) { try file.seek(to: position) }

  /// Where the next byte lies that is not in a hole; nil if there is none.
  ///
  /// - Throws: `channelFailed`.
  public func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? {
    try file.dataPosition(from: position)
  }

  /// Makes all present and later calls fail.
  public func shutdown() { file.shutdown() }

  /// Closes the file.
  public func close() throws(VMStateError) { try file.close() }
}
