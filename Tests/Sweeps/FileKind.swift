import TestSupport
import VMState
import VMStateInspect

/// A kind of file that the tool opens, with good files of it.
struct FileKind: Sendable {
  let name: String
  /// One of so many rounds is made.
  var share = 1
  /// It holds live sections of a made-up kind, which nothing describes.
  var hasUnknownSections = false
  /// Each is one file, or the files of a multifd migration: main stream and channels.
  let sets: @Sendable () throws -> [[[UInt8]]]

  static let all: [FileKind] = [
    FileKind(name: "plain", hasUnknownSections: true) { try streams { $0 < 12 << 10 } + saves() },
    // What is special about these is only their length.
    FileKind(name: "machine", share: 10) { try streams { (12 << 10..<1400 << 10).contains($0) } },
    FileKind(name: "long", share: 100) { try streams { (1400 << 10..<6 << 20).contains($0) } },
    FileKind(name: "mapped-ram") { try [mapped()] },
    FileKind(name: "multifd", sets: multifd),
    FileKind(name: "qcow2") {
      try containers("qcow2-", below: 200 << 10) + images("written-extra-")
    },
    FileKind(name: "libvirt") {
      try containers("libvirt-", below: 200 << 10) + images("libvirt-raw")
    },
    FileKind(name: "gzip") { try containers("stream.gzip") + images("stream-gzip") },
    FileKind(name: "bzip2") { try containers("stream.bzip2") + images("stream-bzip2") },
    FileKind(name: "xz") { try containers("stream.xz") + images("stream-xz") },
    FileKind(name: "zstd") { try containers("stream.zstd") + images("stream-zstd") },
    FileKind(name: "lzop") { try containers("stream.lzop") + containers("larger.lzop") },
    FileKind(name: "VMA") { try images("proxmox-small") },
    FileKind(name: "CPR") { [[try cpr(.transfer)], [try cpr(.exec)]] },
    FileKind(name: "sums", hasUnknownSections: true) { [[try sums()]] },
  ]

  private static func streams(_ size: (Int) -> Bool) throws -> [[[UInt8]]] {
    let names = Set(try Fixture.streams())
    return try Fixture.manifest().filter { names.contains($0.name) && size($0.size) }
      .map { [try Fixture.stream($0.name)] }
  }

  private static func containers(
    _ prefix: String, below limit: Int = .max
  ) throws -> [[[UInt8]]] {
    try Fixture.manifest().filter {
      $0.name.hasPrefix("containers/" + prefix) && $0.size < limit
    }.map { [try Fixture.stream($0.name)] }
  }

  private static func images(_ prefix: String) throws -> [[[UInt8]]] {
    try Fixture.images().filter { $0.name.hasPrefix(prefix) }
      .map { [try Fixture.image($0.name)] }
  }

  /// What a machine of all kinds of sections saves.
  private static func saves() throws -> [[[UInt8]]] {
    try [StreamProfile.qemu7_2, .qemu10_0, .qemu11_1].map {
      [try SmallMachine(seed: 7, profile: $0).save()]
    }
  }

  /// A recorded stream with 64 KiB of memory at fixed places instead of 1 MiB; every third of
  /// its pages has content.
  private static func mapped() throws -> [[UInt8]] {
    let image = try Fixture.stream("containers/qcow2-mapped-ram")
    let state = try StateFile.open(MemoryChannel(image), name: "mapped-ram")
    var reader = StreamReader(state.channel)
    let bytes = try reader.getBytes(Int(state.channel.size ?? 0), limit: 4 << 20)
    var head = Array(bytes[..<0x81])
    // The sum of the blocks' lengths, the block's length, and where its pages begin.
    for (place, old, new) in [
      (0x51, 0x10_0004, 0x1_0004), (0x5d, 0x10_0000, 0x1_0000), (0x79, 0x10_0000, 0x1000),
    ] {
      guard head[place..<place + 8].reduce(0, { $0 << 8 | Int($1) }) == old else {
        throw Violation("the mapped-ram stream is another one")
      }
      let number = withUnsafeBytes(of: UInt64(new).bigEndian, Array.init)
      head.replaceSubrange(place..<place + 8, with: number)
    }
    head += [0b0100_1001, 0b1001_0010, 0, 0, 0, 0, 0, 0]
    head += [UInt8](repeating: 0, count: 0x1000 - head.count)
    for page in 0..<16 {
      head += [UInt8](repeating: page % 3 == 0 ? UInt8(page + 1) : 0, count: 4096)
    }
    return [head + bytes[0x20_0000...]]
  }

  private static func multifd() throws -> [[[UInt8]]] {
    var sets: [String: [[UInt8]]] = [:]
    // Main streams stand before their channels.
    for entry in try Fixture.manifest() where entry.size < 900 << 10 {
      guard let match = entry.name.wholeMatch(of: /(.*)-multifd(-main|[0-9])/) else { continue }
      let bytes = try Fixture.stream(entry.name)
      sets[String(match.1), default: []].append(match.2 == "-main" ? memoryAlone(bytes) : bytes)
    }
    return sets.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 }
  }

  /// A stream up to the end of its `ram` sections: the devices' come in other kinds.
  private static func memoryAlone(_ bytes: [UInt8]) -> [UInt8] {
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements
    where section.idstr == RAMHandlers.idstr && section.kind == .end {
      return bytes[..<Int(section.bodyOffset + section.bodyLength + 5)] + [0]
    }
    return bytes
  }

  private static func cpr(_ mode: CPRState.Mode) throws -> [UInt8] {
    let names = ["/rom@etc/acpi/tables", "pc.bios", "pc.ram", "m"]
    let descriptors = names.enumerated().map { index, name in
      CPRState.Descriptor(
        name: Array(name.utf8), id: Int32(index), value: mode == .exec ? Int32(10 + index) : 0x20)
    }
    let device = CPRState.Device(
      name: Array("0000:01:00.0".utf8), device: 3, addressSpace: 0, pageTable: 7)
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try CPRState(mode: mode, descriptors: descriptors, devices: [device]).write(to: &writer)
    try writer.flush()
    return channel.bytes
  }

  /// A save of our own with an index, sums, and the digest of a file beside it.
  private static func sums() throws -> [UInt8] {
    let machine = try SmallMachine(seed: 7)
    var saver = machine.saver
    saver.options.integrity = IntegrityOptions(
      isStrong: true,
      files: [StreamIntegrity.File(name: "disk", size: 3, sha256: SHA256().text)])
    let channel = MemoryChannel()
    try saver.save(to: channel)
    return channel.bytes
  }
}
