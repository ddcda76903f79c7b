import VMState

extension BodyReader {
  /// Reads a `virtio` field. Its inside is in no description, so the destination's own field is
  /// taken apart, too.
  mutating func readVirtio(
    _ field: DescribedField, _ current: DescribedState.Value?, _ words: [String]
  ) throws(BodyEnd) -> [UInt8] {
    guard case .bytes(let bytes)? = current, let own = Self.ownState(bytes, target) else {
      return try readOpaqueVirtio(field, words)
    }
    let start = cursor.position
    var virtio = VirtioReader(
      local: own.configuration, isExpress: own.configuration.count > 256, words: words)
    try virtio.readTransport(&self)
    if isRefused, VirtioState.vectors(virtio.state.configuration) != own.vectorsIfAny {
      throw BodyEnd()
    }
    try virtio.readCommon(&self)
    try VirtioDevice.read(path[0], own, &virtio, &self)
    try readVirtioSubsections(&virtio.state, words)
    judge(virtio.state, own, words)
    return try again(start, words)
  }

  /// What has been read, once more, as the field's value.
  private mutating func again(
    _ start: UInt64, _ words: [String]
  ) throws(BodyEnd) -> [UInt8] {
    let end = cursor.position
    cursor.position = start
    return try take(Int(end - start), words)
  }

  /// Takes apart the field of the destination's own stream.
  static func ownState(_ bytes: [UInt8], _ target: TargetModel) -> VirtioState? {
    // Nothing but PCI is known: a version, then the space of a device of virtio's vendor.
    guard bytes.count > 4 + 256 + 16, bytes[4] == 0xF4, bytes[5] == 0x1A else { return nil }
    let isExpress = VirtioState.isExpress(Array(bytes[4..<260]))
    let size = isExpress ? 4096 : 256
    guard bytes.count > 4 + size + 16, let cursor = try? ByteCursor(MemoryChannel(bytes)) else {
      return nil
    }
    var reader = BodyReader(cursor, target, [:], section: "")
    var virtio = VirtioReader(
      local: Array(bytes[4..<4 + size]), isExpress: isExpress, words: [])
    guard (try? virtio.readTransport(&reader)) != nil,
      (try? virtio.readCommon(&reader)) != nil, reader.problems.isEmpty
    else { return nil }
    return virtio.state
  }

  private mutating func readOpaqueVirtio(
    _ field: DescribedField, _ words: [String]
  ) throws(BodyEnd) -> [UInt8] {
    doubt(
      "what this transport of virtio wants",
      supply: "the load itself; no file shows it")
    return try take(field.size, words)
  }

  // MARK: Subsections

  /// The table behind a device's own data.
  private mutating func readVirtioSubsections(
    _ state: inout VirtioState, _ words: [String]
  ) throws(BodyEnd) {
    while let name = try peekVirtioSubsection() {
      guard let length = Self.lengths[name] else {
        refuse(
          .unknownSubsection, "the destination has no subsection '\(name)'", found: name,
          advice: "use a QEMU at the destination that knows it",
          words: ["error while loading state for instance"])
        throw BodyEnd()
      }
      let header = try take(2 + name.utf8.count + 4, words)
      guard header.last == 1 else {
        let version = header.last.map(Int.init) ?? 0
        let word = version > 1 ? "new" : "old"
        refuse(
          version > 1 ? .versionTooNew : .versionTooOld, "the subsection has another version",
          expected: "1", found: "\(version)", advice: "use the source's QEMU",
          words: ["\(name): incoming version_id \(version) is too \(word) for local"])
        throw BodyEnd()
      }
      state.subsections.append(name)
      let body = try take(length, words)
      if length == 1, body[0] > 1, name != "virtio/device_endian" {
        lose(.virtio, "\(name): \(body[0]) is taken for true, which is 1")
      }
      if name == "virtio/64bit_features" {
        state.features = body.reduce(0) { $0 << 8 | UInt64($1) }
      }
    }
  }

  private static let lengths: [String: Int] = [
    "virtio/device_endian": 1, "virtio/64bit_features": 8, "virtio/virtqueues": 1024 * 16,
    "virtio/ringsize": 1024 * 4, "virtio/broken": 1, "virtio/extra_state": 0,
    "virtio/started": 1, "virtio/packed_virtqueues": 1024 * 10, "virtio/disabled": 1,
    "virtio_pci/modern_state": 16 + 1024 * 28,
  ]

  private mutating func peekVirtioSubsection() throws(BodyEnd) -> String? {
    do throws(VMStateError) {
      guard try cursor.peek() == SectionKind.subsection.rawValue, let length = try cursor.peek(1)
      else { return nil }
      var bytes: [UInt8] = []
      for ahead in 0..<UInt64(length) { bytes.append(try cursor.peek(2 + ahead) ?? 0) }
      let name = String(decoding: bytes, as: UTF8.self)
      return name.hasPrefix("virtio/") || name.hasPrefix("virtio_pci/") ? name : nil
    } catch {
      throw BodyEnd()
    }
  }

  // MARK: Judging

  private mutating func judge(_ state: VirtioState, _ own: VirtioState, _ words: [String]) {
    judgeFeatures(state, own)
    let sizes = own.queues.map(\.size)
    for (index, queue) in state.queues.enumerated() {
      guard index < sizes.count else {
        lose(.virtio, "the destination has no queue \(index)")
        break
      }
      if queue.size != sizes[index] {
        lose(
          .virtio,
          "queue \(index) has \(queue.size) entries, the destination's has \(sizes[index])")
      }
    }
    if state.queues.count < sizes.count {
      lose(.virtio, "the stream has no queue \(state.queues.count) of the destination")
    }
  }

  /// A fresh device shows which features it offers only where a driver has accepted them.
  private mutating func judgeFeatures(_ state: VirtioState, _ own: VirtioState) {
    let unknown = state.accepted & ~own.accepted & ~VirtioDevice.offered(path[0], own)
    guard unknown != 0, !isRefused else { return }
    doubt(
      "whether the destination's device offers the features 0x" + String(unknown, radix: 16)
        + " that the guest uses",
      supply: "a stream of the destination in which a driver has set the device up")
  }
}

extension VirtioState {
  /// The MSI-X vectors of the configuration space.
  var vectorsIfAny: Int? { Self.vectors(configuration) }
}
