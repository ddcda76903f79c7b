import VMState

/// Reads the body of a `virtio` field of a PCI device with the destination's eyes.
///
/// QEMU: `virtio_load`, hw/virtio/virtio.c.
struct VirtioReader {
  var state = VirtioState()
  /// The destination's own configuration space, where it is known.
  let local: [UInt8]?
  let isExpress: Bool
  let words: [String]

  /// The parts before the device's own data.
  mutating func readTransport(_ reader: inout BodyReader) throws(BodyEnd) {
    let offset = reader.cursor.position
    let version = try reader.take(4, words)
    if version[0] & 0x80 != 0 || version.reduce(0, { $0 << 8 | Int($1) }) > 2 {
      reader.refuse(
        .virtio, "the PCI part has an impossible version", at: offset,
        advice: "the stream is damaged", words: ["Invalid value", "Failed to load PCIDevice"])
      throw BodyEnd()
    }
    let place = reader.cursor.position
    state.configuration = try reader.take(isExpress ? 4096 : 256, words)
    reader.judgeConfiguration(state.configuration, local, place, words)
    try readInterrupts(&reader)
    // The destination's own capability decides whether there are vectors to read.
    guard let vectors = VirtioState.vectors(local ?? state.configuration) else { return }
    state.vectors = vectors
    _ = try reader.take(vectors * 16 + (vectors + 7) / 8, words)
    try checkVector(try reader.integer(words), "configuration", &reader)
  }

  private func readInterrupts(_ reader: inout BodyReader) throws(BodyEnd) {
    for _ in 0..<4 {
      let level: UInt32 = try reader.integer(words)
      guard level > 1 else { continue }
      reader.refuse(
        .virtio, "an interrupt line has an impossible level", expected: "0 or 1",
        found: "\(level)", advice: "the stream is damaged", words: ["irq state"])
    }
  }

  private func checkVector(
    _ vector: UInt16, _ owner: String, _ reader: inout BodyReader
  ) throws(BodyEnd) {
    guard vector != 0xFFFF, Int(vector) >= state.vectors else { return }
    reader.refuse(
      .virtio, "the vector of the \(owner) does not exist", expected: "below \(state.vectors)",
      found: "\(vector)", advice: "give the destination the source's number of vectors",
      words: words)
    throw BodyEnd()
  }

  /// Status, features, configuration, queues.
  mutating func readCommon(_ reader: inout BodyReader) throws(BodyEnd) {
    state.status = try reader.take(1, words)[0]
    _ = try reader.take(1, words)
    let selector: UInt16 = try reader.integer(words)
    if selector >= 1024 {
      reader.refuse(
        .virtio, "the queue selector is out of range", expected: "below 1024",
        found: "\(selector)", advice: "the stream is damaged", words: words)
      throw BodyEnd()
    }
    state.lowFeatures = try reader.integer(words)
    let length: UInt32 = try reader.integer(words)
    state.deviceConfiguration = try reader.take(min(Int(length), 1 << 20), words)
    try readQueues(&reader)
  }

  private mutating func readQueues(_ reader: inout BodyReader) throws(BodyEnd) {
    let count: UInt32 = try reader.integer(words)
    if count > 1024 {
      reader.refuse(
        .virtio, "there are too many queues", expected: "at most 1024", found: "\(count)",
        advice: "the stream is damaged",
        words: ["Invalid number of virtqueues: 0x" + String(count, radix: 16)])
      throw BodyEnd()
    }
    for index in 0..<Int(count) { try readQueue(index, &reader) }
  }

  private mutating func readQueue(_ index: Int, _ reader: inout BodyReader) throws(BodyEnd) {
    var queue = VirtioState.Queue(
      size: try reader.integer(words), descriptors: try reader.integer(words),
      lastAvailable: try reader.integer(words))
    if queue.descriptors == 0, queue.lastAvailable != 0 {
      let last = String(queue.lastAvailable, radix: 16)
      reader.refuse(
        .virtio, "queue \(index) has an index and no ring", expected: "0",
        found: "\(queue.lastAvailable)", advice: "the stream is damaged",
        words: ["VQ \(index) address 0x0 inconsistent with Host index 0x\(last)"])
      throw BodyEnd()
    }
    if state.vectors > 0 {
      let vector: UInt16 = try reader.integer(words)
      queue.vector = vector
      try checkVector(vector, "queue \(index)", &reader)
    }
    state.queues.append(queue)
  }
}

extension BodyReader {
  /// A big-endian integer that has to be there.
  mutating func integer<Value: FixedWidthInteger>(
    _ words: [String]
  ) throws(BodyEnd) -> Value {
    try take(MemoryLayout<Value>.size, words).reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }
}
