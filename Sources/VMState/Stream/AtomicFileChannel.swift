#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A channel that saves to a path: the old file stays whole until the new one is complete.
///
/// The bytes go to a temporary file in the same folder. `close()` commits: the file's content
/// goes to the disk, then the file takes the final name, then the folder goes to the disk.
/// Whatever happens before that (an error, `abort()`, the end of the process, `SIGKILL`) the
/// path names the old file, unchanged. The temporary file is removed with the channel; one
/// that a killed process left is removed by the next save to the same path.
///
/// A symbolic link is followed and its target replaced. Hard links to the old file keep the
/// old content. The mode of the old file is kept, and its owner where the process may; a new
/// file gets mode 0600, since it may hold a guest's memory.
///
/// A path that names no regular file (a FIFO, `/dev/null`, a terminal) is opened and written
/// directly.
public final class AtomicFileChannel: ByteChannel {
  /// How far a save is.
  private enum Phase {
    case open, failed, ended
  }

  let descriptor: Descriptor
  let replacement: (place: SavePlace, file: SystemCall.Name)?
  private let phase = Guarded(Phase.open)
  let calls: FileCalls

  /// Begins a save.
  ///
  /// - Parameter path: The file to make or to replace. A FIFO is waited for until it has a
  ///   reader.
  /// - Throws: `channelFailed`; nothing was changed then.
  public convenience init(savingTo path: String) throws(VMStateError) {
    try self.init(savingTo: path, calls: FileCalls())
  }

  /// Begins a save with calls that a test can make fail.
  package init(savingTo path: String, calls: FileCalls) throws(VMStateError) {
    self.calls = calls
    switch try SaveTarget.find(path) {
    case .direct(let target):
      let number = SystemCall.open(target.terminated, O_WRONLY | O_NOCTTY)
      guard number >= 0 else { throw .system("cannot open \(path)", number) }
      descriptor = try .adopting(Int32(number), name: path)
      replacement = nil
    case .replaceable(let place):
      TemporaryFile.clearLeftovers(of: place)
      let file = try TemporaryFile.make(for: place)
      do throws(VMStateError) {
        descriptor = try .adopting(file.number, name: path)
      } catch {
        place.remove(file.name)
        throw error
      }
      replacement = (place, file.name)
    }
  }

  deinit { abort() }

  /// Shutdown; positioned reads and writes of regular files.
  public var capabilities: ChannelCapabilities {
    replacement == nil ? [.shutdown] : [.positioned, .shutdown]
  }

  /// Bytes in the new file.
  public var size: UInt64? { descriptor.size }

  /// Fails with `unsupported`: only positioned reads see the new file.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "the file is open for writing; it is read at positions only")
  }

  /// Writes some bytes of the spans; after a failure the save cannot be committed any more.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    try latching { () throws(VMStateError) in
      try calls.beforeWrite(descriptor.name)
      return try descriptor.write(spans)
    }
  }

  /// Writes at a position; after a failure the save cannot be committed any more.
  public func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    guard replacement != nil else {
      throw VMStateError(.unsupported, "\(descriptor.name) cannot write at a position")
    }
    return try latching { () throws(VMStateError) in
      try calls.beforeWrite(descriptor.name)
      return try descriptor.write(bytes, at: position)
    }
  }

  /// Reads at a position of the new file what was written; 0 at its end.
  ///
  /// - Throws: `channelFailed`; `unsupported` where no regular file is written.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    guard replacement != nil else {
      throw VMStateError(.unsupported, "\(descriptor.name) cannot read at a position")
    }
    return try descriptor.read(into: buffer, at: position)
  }

  /// Moves the position of the next write in order; what is jumped over reads as zeros.
  ///
  /// - Throws: `channelFailed`, `unsupported`.
  public func seek(to position: UInt64) throws(VMStateError) {
    try descriptor.seek(to: position)
  }

  private func latching(_ write: () throws(VMStateError) -> Int) throws(VMStateError) -> Int {
    do throws(VMStateError) {
      return try write()
    } catch {
      spoil()
      throw error
    }
  }

  /// Makes a commit impossible.
  func spoil() { phase.withLock { if $0 == .open { $0 = .failed } } }

  /// Makes all present and later calls fail; the save cannot be committed any more.
  public func shutdown() {
    spoil()
    descriptor.shutdown()
  }

  /// Commits the save.
  ///
  /// - Throws: `channelFailed`: the path names the old file as before, unless the message
  ///   says that only the last step, the folder's way to the disk, failed.
  public func close() throws(VMStateError) {
    let before = end()
    guard before != .ended else { return }
    // The temporary file's lock goes with the descriptor, so that comes last.
    defer { descriptor.close() }
    guard let replacement else { return before == .open ? try finishDirect() : () }
    do throws(VMStateError) {
      guard before == .open else {
        throw VMStateError(.channelFailed, "the save is incomplete")
      }
      try commit(replacement.file, replacement.place)
    } catch {
      replacement.place.remove(replacement.file)
      throw VMStateError(
        .channelFailed, "\(descriptor.name) is left as it was", cause: error)
    }
    try syncFolder(replacement.place)
  }

  private func commit(_ file: SystemCall.Name, _ place: SavePlace) throws(VMStateError) {
    _ = try descriptor.perform(POLLOUT, "sync") { calls.sync($0) }
    let result = calls.rename(file, place.name.terminated, place.folder)
    guard result >= 0 else { throw .system("cannot rename to \(descriptor.name)", result) }
  }

  private func syncFolder(_ place: SavePlace) throws(VMStateError) {
    let result = calls.sync(place.folder)
    // Some file systems cannot do this for folders and say so.
    guard result >= 0 || result == -Int(EINVAL) else {
      throw .system(
        "\(descriptor.name) is complete, but the old one may be back after a crash", result)
    }
  }

  /// A disk takes its data now; other devices have nothing to sync and say so.
  private func finishDirect() throws(VMStateError) {
    guard descriptor.kind == .device else { return }
    _ = try descriptor.perform(POLLOUT, "sync") { number in
      let result = calls.sync(number)
      return result == -Int(EIO) || result == -Int(ENOSPC) ? result : 0
    }
  }

  /// Gives the save up: the path names the old file, or nothing, as before.
  public func abort() {
    guard end() != .ended else { return }
    if let replacement { replacement.place.remove(replacement.file) }
    descriptor.close()
  }

  private func end() -> Phase {
    phase.withLock { phase in
      defer { phase = .ended }
      return phase
    }
  }
}
