/// The device's own part of a `virtio` field, between the queues and the common subsections.
enum VirtioDevice {
  /// The features that a device offers whatever its properties are.
  ///
  /// QEMU: `virtio_net_get_features`, `virtio_blk_get_features`,
  /// `virtio_balloon_get_features`, `virtio_pci_device_plugged`.
  static func offered(_ section: String, _ own: VirtioState) -> UInt64 {
    let modern: UInt64 = own.isModern ? 1 << 32 : 0
    switch section.split(separator: "/").last {
    case "virtio-net": return modern | 1 << 5
    case "virtio-blk": return modern | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 10
    case "virtio-balloon": return modern | 1 << 1
    default: return modern
    }
  }

  /// Reads it; a kind that is not known ends the reading with a doubt.
  static func read(
    _ section: String, _ own: VirtioState, _ virtio: inout VirtioReader,
    _ reader: inout BodyReader
  ) throws(BodyEnd) {
    let kind = section.split(separator: "/").last.map(String.init) ?? section
    let words = virtio.words
    switch kind {
    case "virtio-rng", "virtio-input", "virtio-scsi": return
    case "virtio-blk": try readRequests(words, &reader)
    case "virtio-balloon":
      _ = try reader.take(8, words)
      try skipBalloonSubsections(words, &reader)
    case "virtio-console": try readConsole(words, &reader)
    case "virtio-net": try readNetwork(virtio.state, words, &reader)
    default:
      reader.doubt(
        "what a \(kind) device of the destination reads",
        supply: "nothing is known that would show it; try the load")
      throw BodyEnd()
    }
  }

  /// QEMU: `virtio_blk_load_device`, hw/block/virtio-blk.c.
  private static func readRequests(
    _ words: [String], _ reader: inout BodyReader
  ) throws(BodyEnd) {
    guard try reader.take(1, words) != [0] else { return }
    reader.doubt(
      "requests that were under way at the source",
      supply: "a stream of the source taken while its disks are idle")
    throw BodyEnd()
  }

  private static func skipBalloonSubsections(
    _ words: [String], _ reader: inout BodyReader
  ) throws(BodyEnd) {
    let lengths = [
      "virtio-balloon-device/free-page-report": 8, "virtio-balloon-device/page-poison": 4,
    ]
    while let (name, _) = try reader.peekName(in: Array(lengths.keys)), let length = lengths[name] {
      _ = try reader.take(2 + name.utf8.count + 4 + length, words)
    }
  }

  /// QEMU: `virtio_serial_load_device`, hw/char/virtio-serial-bus.c.
  private static func readConsole(
    _ words: [String], _ reader: inout BodyReader
  ) throws(BodyEnd) {
    _ = try reader.take(4, words)
    let ports: UInt32 = try reader.integer(words)
    guard ports <= 65536 else { throw BodyEnd() }
    _ = try reader.take((Int(ports) + 31) / 32 * 4, words)
    let active: UInt32 = try reader.integer(words)
    for _ in 0..<min(active, ports) {
      _ = try reader.take(6, words)
      let elements: UInt32 = try reader.integer(words)
      guard elements == 0 else {
        reader.doubt(
          "a console buffer that was under way at the source",
          supply: "a stream of the source taken while its console is idle")
        throw BodyEnd()
      }
    }
  }

  /// QEMU: `vmstate_virtio_net_device`, hw/net/virtio-net.c.
  private static func readNetwork(
    _ state: VirtioState, _ words: [String], _ reader: inout BodyReader
  ) throws(BodyEnd) {
    _ = try reader.take(6 + 4 + 4 + 2 + 1 + 1, words)
    let addresses: UInt32 = try reader.integer(words)
    guard addresses <= 1 << 16 else { throw BodyEnd() }
    _ = try reader.take(Int(addresses) * 6 + 512, words)
    let header: UInt32 = try reader.integer(words)
    _ = try reader.take(6, words)
    let ufo = try reader.take(1, words)[0]
    if header != 0 || ufo != 0 {
      reader.doubt(
        "whether the destination's network backend has vnet headers",
        supply: "nothing is known that would show it; try the load")
    }
    // Several pairs of queues, and the offloads that the guest may switch.
    if state.queues.count > 3 { _ = try reader.take(4 + (state.queues.count - 3) / 2 * 4, words) }
    if state.accepted & 4 != 0 { _ = try reader.take(8, words) }
  }
}

extension BodyReader {
  /// The subsection that begins here, if it is one of some names.
  mutating func peekName(in names: [String]) throws(BodyEnd) -> (String, Int)? {
    for name in names {
      let bytes = [5, UInt8(name.utf8.count)] + Array(name.utf8)
      var matches = true
      for (ahead, byte) in bytes.enumerated() {
        let next = try? cursor.peek(UInt64(ahead))
        if next != byte { matches = false }
      }
      if matches { return (name, bytes.count) }
    }
    return nil
  }
}
