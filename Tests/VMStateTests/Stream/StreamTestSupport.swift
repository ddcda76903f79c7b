import Synchronization
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Moves one byte a call, whatever is asked for, and records the calls.
final class OneByteChannel: ByteChannel {
  let inner: MemoryChannel
  private let calls = Atomic<Int>(0)

  init(_ bytes: [UInt8] = []) { inner = MemoryChannel(bytes) }

  var callCount: Int { calls.load(ordering: .relaxed) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    calls.add(1, ordering: .relaxed)
    return try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(1)))
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    calls.add(1, ordering: .relaxed)
    let piece = [WriteSpan(base: spans[0].base, count: 1)]
    let result: Result<Int, VMStateError> = piece.withUnsafeBufferPointer { piece in
      do throws(VMStateError) { return .success(try inner.write(piece)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

/// Takes or gives a number of bytes, then fails.
final class FailingChannel: ByteChannel {
  let inner: MemoryChannel
  private let left: Guarded<Int>

  init(after count: Int, _ bytes: [UInt8] = []) {
    inner = MemoryChannel(bytes)
    left = Guarded(count)
  }

  private func allowed(_ count: Int) throws(VMStateError) -> Int {
    let allowed = left.withLock { left in
      let allowed = min(left, count)
      left -= allowed
      return allowed
    }
    guard allowed > 0 else { throw VMStateError(.channelFailed, "the test's failure") }
    return allowed
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try allowed(buffer.count)
    return try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count)))
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    let count = try allowed(spans.reduce(0) { $0 + $1.count })
    var bytes: [UInt8] = []
    for span in spans { bytes += UnsafeRawBufferPointer(start: span.base, count: span.count) }
    return try writeAll(Array(bytes.prefix(count)), to: inner)
  }
}

/// Records the number of spans and bytes of each write.
final class RecordingChannel: ByteChannel {
  let inner = MemoryChannel()
  private let list = Guarded<[(spans: Int, bytes: Int)]>([])

  var writes: [(spans: Int, bytes: Int)] { list.withLock { $0 } }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try inner.read(into: buffer)
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    let count = try inner.write(spans)
    list.withLock { $0.append((spans.count, count)) }
    return count
  }
}

/// One write call of an array; returns what the channel took.
@discardableResult
func writeAll(_ bytes: [UInt8], to channel: some ByteChannel) throws(VMStateError) -> Int {
  let result: Result<Int, VMStateError> = bytes.withUnsafeBytes { bytes in
    guard let base = bytes.baseAddress else { return .success(0) }
    let span = WriteSpan(base: base, count: bytes.count)
    return withUnsafePointer(to: span) { span in
      do throws(VMStateError) {
        return .success(try channel.write(UnsafeBufferPointer(start: span, count: 1)))
      } catch {
        return .failure(error)
      }
    }
  }
  return try result.get()
}

/// One read call of at most `count` bytes.
func readSome(_ count: Int, from channel: some ByteChannel) throws(VMStateError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xEE, count: count)
  let result: Result<Int, VMStateError> = bytes.withUnsafeMutableBytes { bytes in
    do throws(VMStateError) { return .success(try channel.read(into: bytes)) } catch {
      return .failure(error)
    }
  }
  return Array(bytes.prefix(try result.get()))
}

/// One positioned read call of at most `count` bytes.
func readSome(
  _ count: Int, from channel: some ByteChannel, at position: UInt64
) throws(VMStateError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xEE, count: count)
  let result: Result<Int, VMStateError> = bytes.withUnsafeMutableBytes { bytes in
    do throws(VMStateError) { return .success(try channel.read(into: bytes, at: position)) } catch {
      return .failure(error)
    }
  }
  return Array(bytes.prefix(try result.get()))
}

/// One positioned write call of an array.
@discardableResult
func writeAll(
  _ bytes: [UInt8], to channel: some ByteChannel, at position: UInt64
) throws(VMStateError) -> Int {
  let result: Result<Int, VMStateError> = bytes.withUnsafeBytes { bytes in
    do throws(VMStateError) { return .success(try channel.write(bytes, at: position)) } catch {
      return .failure(error)
    }
  }
  return try result.get()
}

/// The error that a call throws, or nil.
func failure<R>(_ call: () throws(VMStateError) -> R) -> VMStateError? {
  do throws(VMStateError) {
    _ = try call()
    return nil
  } catch {
    return error
  }
}
