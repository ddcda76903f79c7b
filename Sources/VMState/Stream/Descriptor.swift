#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether a channel closes the descriptor it was given.
public enum DescriptorOwnership: Sendable {
  /// The channel takes the descriptor over: it closes it, and makes the open file
  /// non-blocking where that is needed to be woken up.
  case owned
  /// The descriptor stays its owner's, who keeps it open as long as the channel is used;
  /// nothing about the open file is changed.
  case borrowed
}

/// An open descriptor shared by threads: the common ground of the channels over the
/// operating system.
///
/// It counts the calls under way, so that a close never frees a number that another thread
/// is about to use, and wakes waiting calls when it is shut down: a socket by the system's
/// own shutdown, everything else by a pipe that is polled along with the descriptor.
final class Descriptor: Sendable {
  /// What the descriptor refers to.
  enum Kind: Sendable {
    case regular, pipe, socket, directory, device
  }

  /// How a call that cannot go on waits.
  private enum Waiting {
    /// In the call itself: a regular file never waits, a socket is woken by its shutdown.
    case inCall
    /// The call returns at once and is repeated when the descriptor is ready.
    case afterCall
    /// Polled before each call, which is kept so small that it cannot wait.
    case beforeCall
  }

  private struct State {
    var number: Int32
    var users = 0
    var isShut = false
    var isClosing = false
    var wakeReader: Int32 = -1
    var wakeWriter: Int32 = -1
  }

  let kind: Kind
  /// Size when opened, in bytes (regular files).
  let initialSize: UInt64
  /// For messages: a path, or what the descriptor is.
  let name: String
  private let ownership: DescriptorOwnership
  private let waiting: Waiting
  private let state: Guarded<State>

  /// Takes a descriptor into use; on failure it stays with the caller.
  init(_ number: Int32, _ ownership: DescriptorOwnership, name: String) throws(VMStateError) {
    var status = stat()
    let result = SystemCall.status(number, &status)
    guard result >= 0 else { throw .system("cannot use \(name)", result) }
    kind = Self.kind(of: status)
    initialSize = kind == .regular ? UInt64(clamping: status.st_size) : 0
    waiting = try Self.waiting(number, kind, ownership, name)
    if kind == .pipe, ownership == .owned { SystemCall.enlargePipe(number) }
    self.name = name
    self.ownership = ownership
    state = Guarded(State(number: number))
  }

  /// Takes over a descriptor that nobody else knows; on failure it is closed.
  static func adopting(_ number: Int32, name: String) throws(VMStateError) -> Descriptor {
    do throws(VMStateError) {
      return try Descriptor(number, .owned, name: name)
    } catch {
      SystemCall.close(number)
      throw error
    }
  }

  var isDirectory: Bool { kind == .directory }

  deinit { release(state.withLock { Self.take(&$0) }) }

  static func kind(of status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .regular
    case S_IFIFO: .pipe
    case S_IFSOCK: .socket
    case S_IFDIR: .directory
    default: .device
    }
  }

  private static func waiting(
    _ number: Int32, _ kind: Kind, _ ownership: DescriptorOwnership, _ name: String
  ) throws(VMStateError) -> Waiting {
    if kind == .regular || kind == .socket || kind == .directory { return .inCall }
    guard ownership == .owned else { return .beforeCall }
    let result = SystemCall.setNonblocking(number)
    guard result >= 0 else { throw .system("cannot set up \(name)", result) }
    return .afterCall
  }

  /// The most bytes that one write may carry.
  var writeLimit: Int { waiting == .beforeCall ? Int(PIPE_BUF) : .max }

  // MARK: - Calls

  /// Makes one system call that moves bytes, waiting where it must.
  ///
  /// - Parameters:
  ///   - events: What to wait for, `POLLIN` or `POLLOUT`.
  ///   - verb: For messages: `read` or `write`.
  ///   - call: Returns the bytes moved, or a negated error number.
  /// - Throws: `channelFailed`, also when shut down before or meanwhile.
  func perform(
    _ events: Int32, _ verb: String, _ call: (Int32) -> Int
  ) throws(VMStateError) -> Int {
    guard let number = enter() else { throw shutError }
    defer { leave() }
    while true {
      if waiting == .beforeCall { try wait(number, events) }
      let result = call(number)
      if result > 0 { return result }
      if isShut { throw shutError }
      if result == 0 { return 0 }
      guard result == -Int(EAGAIN) || result == -Int(EWOULDBLOCK) else {
        throw .system("cannot \(verb) \(name)", result)
      }
      try wait(number, events)
    }
  }

  private func enter() -> Int32? {
    state.withLock { state in
      if state.isShut { return nil }
      state.users += 1
      return state.number
    }
  }

  private func leave() {
    release(
      state.withLock { state in
        state.users -= 1
        return state.isClosing && state.users == 0 ? Self.take(&state) : nil
      })
  }

  private func wait(_ number: Int32, _ events: Int32) throws(VMStateError) {
    let wake = try wakeDescriptor()
    let result = SystemCall.wait(number, for: Int16(truncatingIfNeeded: events), or: wake)
    if isShut { throw shutError }
    guard result >= 0 else { throw .system("cannot wait for \(name)", result) }
  }

  private func wakeDescriptor() throws(VMStateError) -> Int32 {
    let result: Int = state.withLock { state in
      if state.wakeReader < 0 {
        let pipe = SystemCall.pipe()
        if pipe.result < 0 { return pipe.result }
        (state.wakeReader, state.wakeWriter) = (pipe.reader, pipe.writer)
        if state.isShut { Self.wake(state) }
      }
      return Int(state.wakeReader)
    }
    guard result >= 0 else { throw .system("cannot wait for \(name)", result) }
    return Int32(result)
  }

  // MARK: - The end

  private var isShut: Bool { state.withLock { $0.isShut } }

  private var shutError: VMStateError {
    VMStateError(.channelFailed, "\(name) was shut down")
  }

  /// Makes present and later calls fail.
  func shutdown() {
    state.withLock { state in
      guard !state.isShut else { return }
      state.isShut = true
      Self.wake(state)
      if kind == .socket { SocketCall.shutdown(state.number) }
    }
  }

  /// Ends the use: calls under way fail, and the last one frees the descriptor.
  func close() {
    release(
      state.withLock { state in
        guard !state.isClosing else { return nil }
        state.isClosing = true
        let wasShut = state.isShut
        state.isShut = true
        if state.users == 0 { return Self.take(&state) }
        Self.wake(state)
        if kind == .socket, !wasShut { SocketCall.shutdown(state.number) }
        return nil
      })
  }

  private static func wake(_ state: State) {
    guard state.wakeWriter >= 0 else { return }
    let byte: UInt8 = 0
    withUnsafePointer(to: byte) { byte in
      withUnsafePointer(to: WriteSpan(base: byte, count: 1)) {
        _ = SystemCall.write(state.wakeWriter, UnsafeBufferPointer(start: $0, count: 1))
      }
    }
  }

  private static func take(_ state: inout State) -> State {
    let taken = state
    state.number = -1
    state.wakeReader = -1
    state.wakeWriter = -1
    state.isShut = true
    state.isClosing = true
    return taken
  }

  private func release(_ state: State?) {
    guard let state else { return }
    if ownership == .owned, state.number >= 0 { SystemCall.close(state.number) }
    if state.wakeReader >= 0 { SystemCall.close(state.wakeReader) }
    if state.wakeWriter >= 0 { SystemCall.close(state.wakeWriter) }
  }
}
