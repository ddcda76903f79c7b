import VMState

/// Takes one container after another off a channel.
struct StateOpener {
  /// Containers inside each other; a compressed file that holds itself would never end.
  private static let deepest = 8
  /// Bytes that tell what something is.
  private static let headLength = 16

  var state: OpenedState
  private let options: StateFile.Options
  // Bytes of the file before the present container, while positions are still the file's.
  private(set) var filePosition: UInt64? = 0
  let file: any ByteChannel

  init(_ channel: any ByteChannel, name: String, _ options: StateFile.Options) {
    file = channel
    self.options = options
    let isPositioned = channel.capabilities.contains(.positioned)
    state = OpenedState(
      name: name,
      channel: isPositioned ? WindowChannel(on: channel, from: 0) : PeekingChannel(channel))
  }

  var isPositioned: Bool { state.channel.capabilities.contains(.positioned) }

  mutating func open() throws(VMStateError) {
    if options.offset > 0 { try skipOffset() }
    while true {
      let head = try peek(Self.headLength)
      if let format = CompressionFormat(startingWith: head) {
        try decompress(format)
      } else if head.starts(with: QCOW2Header.magic) {
        try enterImage()
        return
      } else if LibvirtHeader.matches(head) {
        try enterLibvirt()
      } else if head.starts(with: ProxmoxArchive.magic) {
        try enterArchive()
      } else {
        try settle(head)
        return
      }
      guard state.containers.count <= Self.deepest else {
        throw VMStateError(.limitExceeded, "too many containers inside each other")
      }
    }
  }

  /// Looks at the next bytes; fewer only at the end.
  func peek(_ count: Int) throws(VMStateError) -> [UInt8] {
    if let channel = state.channel as? PeekingChannel { return try channel.peek(count) }
    return try state.channel.bytes(at: 0, upTo: count)
  }

  /// Leaves bytes behind.
  mutating func skip(_ count: UInt64, _ what: String) throws(VMStateError) {
    if isPositioned {
      if let size = state.channel.size, count > size { throw cut(size, count, what) }
      state.channel = WindowChannel(on: state.channel, from: count)
      filePosition = filePosition.map { $0 + count }
      return
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var left = count
    while left > 0 {
      let channel = state.channel
      let got = try buffer.filled { buffer throws(VMStateError) in
        try channel.read(
          into: UnsafeMutableRawBufferPointer(
            rebasing: buffer.prefix(Int(min(left, UInt64(buffer.count))))))
      }
      if got == 0 { throw cut(count - left, count, what) }
      left -= UInt64(got)
    }
  }

  private func cut(_ found: UInt64, _ expected: UInt64, _ what: String) -> VMStateError {
    VMStateError(
      .endOfStream, "the data ends inside \(what)", offset: found,
      expected: "\(expected) bytes", found: "\(found)")
  }

  private mutating func skipOffset() throws(VMStateError) {
    try skip(options.offset, "the bytes to be passed over")
    state.containers.append(.offset(options.offset))
  }

  private mutating func decompress(_ format: CompressionFormat) throws(VMStateError) {
    let inner = try DecompressingChannel(
      over: state.channel, format: format, memoryLimit: options.decoderMemory)
    state.containers.append(.compressed(format))
    state.channel = PeekingChannel(inner)
    filePosition = nil
  }

  private mutating func enterImage() throws(VMStateError) {
    let image = try QCOW2Image(state.channel)
    state.warnings += image.warnings
    let snapshot = try image.snapshot(options.snapshot)
    if options.snapshot == nil, image.table.snapshots.count > 1 {
      state.warnings.append("no snapshot was named: this is \"\(snapshot.name)\"")
    }
    state.containers.append(.qcow2(image.header, snapshot))
    state.channel = try image.state(of: snapshot)
    filePosition = nil
    if state.channel.size != snapshot.stateSize {
      state.warnings.append(
        "the snapshot has clusters for \(state.channel.size ?? 0) bytes of VM state only, "
          + "not for \(snapshot.stateSize)")
    }
    try settle(peek(Self.headLength))
    if state.content == .mappedRAM {
      let whole = try image.state(of: snapshot, ignoresSize: true)
      state.channel = try Self.withoutPadding(whole, image.header.clusterSize)
    }
  }

  /// Up to the description's end, where only zeros fill the last cluster behind it.
  private static func withoutPadding(
    _ channel: any ByteChannel, _ cluster: UInt64
  ) throws(VMStateError) -> any ByteChannel {
    guard let found = try DescriptionLocator.find(in: channel), let size = channel.size else {
      return channel
    }
    let end = found.range.upperBound
    guard size > end, size - end < cluster,
      try channel.bytes(at: end, upTo: Int(size - end)).allSatisfy({ $0 == 0 })
    else { return channel }
    return WindowChannel(on: channel, from: 0, count: end)
  }

  private mutating func enterArchive() throws(VMStateError) {
    let archive = try ProxmoxArchive(state.channel)
    state.containers.append(.archive(archive))
    state.channel = try archive.state()
    filePosition = nil
  }

  private mutating func enterLibvirt() throws(VMStateError) {
    do throws(VMStateError) {
      var header = try LibvirtHeader(peek(LibvirtHeader.length))
      try skip(UInt64(LibvirtHeader.length), "the header")
      let kept = try peek(header.keptLength)
      guard kept.count == header.keptLength else {
        throw cut(
          UInt64(LibvirtHeader.length + kept.count), header.streamOffset, "the XML")
      }
      header.setTexts(kept)
      try skip(UInt64(header.dataLength), "the XML")
      state.containers.append(.libvirt(header))
      if !header.isComplete {
        state.warnings.append("the libvirt save image was not written to its end")
      }
      try note(header)
    } catch {
      throw error.within("libvirt save image")
    }
  }

  /// Compares what the header says with what is there; what is there counts.
  private mutating func note(_ header: LibvirtHeader) throws(VMStateError) {
    if header.format == .sparse {
      try findSparseStream(header)
      return
    }
    let found = CompressionFormat(startingWith: try peek(Self.headLength))
    if found != header.format.compression {
      state.warnings.append(
        "the libvirt header says \(header.format.name), the data is \(found?.rawValue ?? "raw")")
    }
  }
}
