import VMState

/// Where the text of a command goes.
public protocol TextOutput: AnyObject {
  /// Takes bytes of UTF-8 text, in order; they are valid for the time of the call.
  ///
  /// - Throws: What ends the command.
  func write(_ text: UnsafeRawBufferPointer) throws(VMStateError)
}

/// Text into a channel: a file, a pipe, memory.
public final class ChannelTextOutput: TextOutput {
  private let channel: any ByteChannel

  /// Writes to a channel, which stays open.
  public init(_ channel: any ByteChannel) { self.channel = channel }

  /// Takes text.
  ///
  /// - Throws: The channel's error.
  public func write(_ text: UnsafeRawBufferPointer) throws(VMStateError) {
    try channel.writeFully(text)
  }
}

/// Text into memory.
public final class MemoryTextOutput: TextOutput {
  /// What came.
  public private(set) var bytes: [UInt8] = []

  /// Nothing yet.
  public init() {}

  /// What came, as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Takes text.
  public func write(_ text: UnsafeRawBufferPointer) throws(VMStateError) {
    bytes.append(contentsOf: text)
  }
}

/// Text into a closure.
public final class ClosureTextOutput: TextOutput {
  private let take: (UnsafeRawBufferPointer) throws(VMStateError) -> Void

  /// Calls a closure with every run of text.
  public init(_ take: @escaping (UnsafeRawBufferPointer) throws(VMStateError) -> Void) {
    self.take = take
  }

  /// Takes text.
  ///
  /// - Throws: The closure's error.
  public func write(_ text: UnsafeRawBufferPointer) throws(VMStateError) { try take(text) }
}

extension ByteChannel {
  /// Writes all of a run.
  func writeFully(_ bytes: UnsafeRawBufferPointer) throws(VMStateError) {
    guard var base = bytes.baseAddress else { return }
    var left = bytes.count
    while left > 0 {
      let written = try write(one: WriteSpan(base: base, count: left))
      guard written > 0 else {
        throw VMStateError(.channelFailed, "the channel took no bytes")
      }
      base += written
      left -= written
    }
  }

  private func write(one span: WriteSpan) throws(VMStateError) -> Int {
    let result: Result<Int, VMStateError> = withUnsafePointer(to: span) { pointer in
      do throws(VMStateError) {
        return .success(try write(UnsafeBufferPointer(start: pointer, count: 1)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
