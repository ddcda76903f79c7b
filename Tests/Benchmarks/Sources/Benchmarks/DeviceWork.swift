import CBaselines
import VMState

/// The reference state on both sides, filled alike, and the ways to save and load it.
final class DeviceWork {
  let device = ReferenceDevice()
  let cState = UnsafeMutablePointer<bl_state>.allocate(capacity: 1)
  let cTarget = UnsafeMutablePointer<bl_state>.allocate(capacity: 1)
  /// The image of one state, and several of them in a row for the readers to go round.
  let image: [UInt8]
  private let images: UnsafeMutableRawBufferPointer
  private let cWriter = bl_writer_new()!
  private let cReader: OpaquePointer
  private let binding: DeviceBinding<ReferenceState>
  private let target = ReferenceDevice()
  private let coded = CompactBuffer()

  init(seed: UInt64) throws(VMStateError) {
    device.state = ReferenceState(seed: seed)
    bl_fill(cState, seed)
    bl_fill(cTarget, seed &+ 1)
    image = try ReferenceState.vmstate.bytes(of: device.state)
    images = .allocate(byteCount: image.count * 64, alignment: 64)
    for copy in 0..<64 {
      (images.baseAddress! + copy * image.count).copyMemory(from: image, byteCount: image.count)
    }
    cReader = bl_reader_new(images.baseAddress!, images.count)
    binding = DeviceBinding(ReferenceState.vmstate, StateAccess(device))
  }

  deinit {
    images.deallocate()
    cState.deallocate()
    cTarget.deallocate()
    bl_writer_free(cWriter)
    bl_reader_free(cReader)
  }

  /// Refuses to measure programs that do not do the same.
  func check() throws {
    for (name, save) in [
      ("bytewise", bl_save_bytewise), ("wide", bl_save_wide), ("checked", bl_save_checked),
      ("straight", bl_save_straight),
    ] {
      guard captured(save) == image else { throw Disagreement(what: "C \(name) saves other bytes") }
    }
    for (name, load) in [
      ("bytewise", bl_load_bytewise), ("wide", bl_load_wide), ("checked", bl_load_checked),
      ("straight", bl_load_straight),
    ] {
      bl_fill(cState, 99)
      let reader = bl_reader_new(images.baseAddress!, images.count)!
      defer { bl_reader_free(reader) }
      guard load(reader, cState) == 0, captured(bl_save_straight) == image else {
        throw Disagreement(what: "C \(name) loads another state")
      }
    }
    planLoad(3)
    guard try ReferenceState.vmstate.bytes(of: target.state) == image else {
      throw Disagreement(what: "the plan loads another state")
    }
    try CompactCoder.encode(device.state, into: coded)
    let decoded = try CompactCoder.decode(ReferenceState.self, from: coded)
    guard try ReferenceState.vmstate.bytes(of: decoded) == image else {
      throw Disagreement(what: "Codable loads another state")
    }
  }

  private func captured(_ save: (OpaquePointer, UnsafeMutablePointer<bl_state>) -> Int32) -> [UInt8]
  {
    let writer = bl_writer_new()!
    defer { bl_writer_free(writer) }
    var bytes = [UInt8](repeating: 0, count: 16384)
    let count = bytes.withUnsafeMutableBufferPointer {
      bl_capture(writer, $0.baseAddress!, $0.count)
      _ = save(writer, cState)
      return Int(bl_finish(writer))
    }
    return Array(bytes.prefix(count))
  }

  // MARK: - C

  func cSave(_ save: (OpaquePointer, UnsafeMutablePointer<bl_state>) -> Int32, _ times: Int) {
    for _ in 0..<times { _ = save(cWriter, cState) }
  }

  func cLoad(_ load: (OpaquePointer, UnsafeMutablePointer<bl_state>) -> Int32, _ times: Int) {
    for _ in 0..<times { precondition(load(cReader, cTarget) == 0) }
  }

  // MARK: - The package

  func planSave(_ times: Int) {
    var writer = StreamWriter(Sink())
    var none: DescriptionText?
    let context = SaveContext()
    for _ in 0..<times {
      attempt { () throws(VMStateError) in
        try ReferenceState.vmstate.save(&device.state, to: &writer, json: &none, context)
      }
    }
  }

  func planLoad(_ times: Int) {
    var reader = StreamReader(Loop(UnsafeRawBufferPointer(images)))
    let context = LoadContext()
    for _ in 0..<times {
      attempt { () throws(VMStateError) in
        try ReferenceState.vmstate.load(&target.state, from: &reader, context)
      }
    }
  }

  /// Section header, body, footer and the JSON of a bound device.
  func sectionSave(_ times: Int) {
    var writer = StreamWriter(Sink())
    let context = SaveContext()
    var json: DescriptionText? = DescriptionText()
    for _ in 0..<times {
      attempt { () throws(VMStateError) in
        json!.removeAll()
        try binding.prepareSave()
        try binding.save(to: &writer, json: &json, context)
      }
    }
  }

  /// Staging, decoding and commit of a bound device.
  func transactionalLoad(_ times: Int) {
    var reader = StreamReader(Loop(UnsafeRawBufferPointer(images)))
    let context = LoadContext()
    for _ in 0..<times {
      attempt { () throws(VMStateError) in
        try binding.beginLoad()
        try binding.load(from: &reader, version: 1, context)
        binding.commitLoad()
        binding.finishLoad()
      }
    }
  }

  // MARK: - Codable

  func codableSave(_ times: Int) {
    for _ in 0..<times { try! CompactCoder.encode(device.state, into: coded) }
  }

  func codableLoad(_ times: Int) {
    for _ in 0..<times {
      target.state = try! CompactCoder.decode(ReferenceState.self, from: coded)
    }
  }
}

/// Two programs that should do the same do not: nothing is measured then.
struct Disagreement: Error, CustomStringConvertible {
  let what: String
  var description: String { what }
}

/// Runs what cannot fail here.
func attempt(_ body: () throws(VMStateError) -> Void) {
  do throws(VMStateError) { try body() } catch { fatalError("\(error)") }
}
