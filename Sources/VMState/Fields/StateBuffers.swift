/// Takes pieces of a section's state that come over multifd channels beside the main stream
/// (10.0 and later).
///
/// Pieces come in any order, from several threads at a time: who needs an order numbers them.
/// They are kept apart from the live state like everything that a load brings.
///
/// QEMU: `load_state_buffer` of `SaveVMHandlers`, include/migration/register.h.
public protocol StateBufferReceiver: AnyObject, Sendable {
  /// Destination, on a channel's thread, without the device lock, after the handlers'
  /// `loadSetup`: takes a piece. Does not block for longer than the work takes.
  ///
  /// - Parameter bytes: At least one; valid during the call.
  func loadStateBuffer(_ bytes: UnsafeRawBufferPointer) throws
  /// Destination, on any thread: true once nothing more is to come. The load waits for it
  /// behind the last section of the stream.
  var hasAllStateBuffers: Bool { get }
}

/// Sends pieces of one section's state over multifd channels, from any number of threads.
///
/// QEMU: `multifd_queue_device_state`, migration/multifd-device-state.c.
public final class StateBufferSender: Sendable {
  /// The longest piece in bytes.
  public static let maximumLength = 8 << 20
  private let name: [UInt8]
  private let instance: UInt32
  private let sink: any StateBufferSink

  init(_ name: [UInt8], _ instance: UInt32, _ sink: any StateBufferSink) {
    (self.name, self.instance, self.sink) = (name, instance, sink)
  }

  /// Hands a copy of the bytes to the next idle channel, and waits while there is none.
  ///
  /// Wire: see `MultifdDeviceStatePacket`.
  ///
  /// - Throws: `valueOutOfRange` for no bytes or more than `maximumLength`, `cancelled`, the
  ///   error of a channel or of the save's other sections.
  public func send(_ bytes: UnsafeRawBufferPointer) throws(VMStateError) {
    guard 1...Self.maximumLength ~= bytes.count else {
      throw VMStateError(
        .valueOutOfRange, "the length of a piece of a section's state",
        path: [String(decoding: name, as: UTF8.self)],
        expected: "1 to \(Self.maximumLength) bytes", found: "\(bytes.count)")
    }
    try sink.send(Array(bytes), name: name, instance: instance)
  }
}

/// The channels of a save as threads see them that send states.
protocol StateBufferSink: AnyObject, Sendable {
  func send(_ bytes: [UInt8], name: [UInt8], instance: UInt32) throws(VMStateError)
  /// Waits until all pieces are with the system; nobody sends any more.
  func finish() throws(VMStateError)
  /// Makes present and later calls fail.
  func stop(_ error: VMStateError)
}

/// Where the pieces go that come over the channels of a load.
final class StateBufferRouter: @unchecked Sendable {
  /// A section that takes pieces, by one of its names.
  struct Place: Sendable {
    var name: [UInt8]
    var instance: UInt32
    var receiver: any StateBufferReceiver
  }

  private let monitor = ThreadMonitor()
  private let places: [Place]
  // Under the lock.
  private var isClosed = false
  private var busy = 0

  init(_ places: [Place]) { self.places = places }

  /// Hands a piece to its section, on a channel's thread.
  ///
  /// - Throws: `unknownSection`, the section's error.
  func deliver(
    _ bytes: UnsafeRawBufferPointer, name: [UInt8], instance: UInt32
  ) throws(VMStateError) {
    let idstr = String(decoding: name, as: UTF8.self)
    guard let place = places.first(where: { $0.name == name && $0.instance == instance }) else {
      throw VMStateError(
        .unknownSection, "no section here takes its state over multifd channels",
        path: [idstr], expected: "instance \(instance) of a section that does")
    }
    guard begin() else { return }
    defer { end() }
    do {
      try place.receiver.loadStateBuffer(bytes)
    } catch {
      throw .fromHook(error, "load-state-buffer").within(idstr)
    }
  }

  private func begin() -> Bool {
    monitor.locked {
      guard !isClosed else { return false }
      busy += 1
      return true
    }
  }

  private func end() {
    monitor.locked {
      busy -= 1
      monitor.tell()
    }
  }

  /// The sections that wait for more.
  var incomplete: [String] {
    places.filter { !$0.receiver.hasAllStateBuffers }
      .map { String(decoding: $0.name, as: UTF8.self) }
  }

  /// Nothing is handed over after it.
  func close() {
    monitor.locked {
      isClosed = true
      while busy > 0 { monitor.wait(milliseconds: 1000) }
    }
  }
}
