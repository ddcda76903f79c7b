import TestSupport
import VMState
import VMStateInspect

/// A kind of file that the tool opens, with good files of it.
struct FileKind: Sendable {
  let name: String
  /// Each is one file, or the files of a multifd migration: main stream and channels.
  let sets: @Sendable () throws -> [[[UInt8]]]

  static let all: [FileKind] = [
    FileKind(name: "plain") { try streams { $0 < 1 << 20 } },
    FileKind(name: "large") { try streams { (1 << 20..<6 << 20).contains($0) } },
    FileKind(name: "mapped-ram") { try [mapped()] },
    FileKind(name: "multifd", sets: multifd),
    FileKind(name: "qcow2") { try containers("qcow2-", below: 200 << 10) },
    FileKind(name: "libvirt") { try containers("libvirt-", below: 200 << 10) },
    FileKind(name: "gzip") { try containers("stream.gzip") + images("stream-gzip") },
    FileKind(name: "bzip2") { try containers("stream.bzip2") + images("stream-bzip2") },
    FileKind(name: "xz") { try containers("stream.xz") + images("stream-xz") },
    FileKind(name: "zstd") { try containers("stream.zstd") + images("stream-zstd") },
    FileKind(name: "lzop") { try containers("stream.lzop") + containers("larger.lzop") },
    FileKind(name: "VMA") { try images("proxmox-archive") },
    FileKind(name: "CPR") { [[try cpr(.transfer)], [try cpr(.exec)]] },
    FileKind(name: "sums") { [[try sums()]] },
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

  /// The stream in a snapshot, 1 MiB of memory at fixed places.
  private static func mapped() throws -> [[UInt8]] {
    let image = try Fixture.stream("containers/qcow2-mapped-ram")
    let state = try StateFile.open(MemoryChannel(image), name: "mapped-ram")
    let size = Int(state.channel.size ?? 0)
    var reader = StreamReader(state.channel)
    let bytes = try reader.getBytes(size, limit: 4 << 20)
    guard !bytes.isEmpty else { throw Violation("no mapped-ram stream") }
    return [bytes]
  }

  private static func multifd() throws -> [[[UInt8]]] {
    var sets: [String: [[UInt8]]] = [:]
    // Main streams stand before their channels.
    for entry in try Fixture.manifest() where entry.size < 1 << 20 {
      guard let match = entry.name.wholeMatch(of: /(.*)-multifd(-main|[0-9])/) else { continue }
      sets[String(match.1), default: []].append(try Fixture.stream(entry.name))
    }
    return sets.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 }
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
