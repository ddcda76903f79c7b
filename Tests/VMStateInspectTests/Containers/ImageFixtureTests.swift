import TestSupport
import Testing
import VMState

@testable import VMStateInspect

/// Every container fixture, against what readers in another language found in it.
@Suite struct ImageFixtureTests {
  static let all = (try? Fixture.images()) ?? []
  static let images = all.filter { $0.name.hasPrefix("qcow2-") || $0.name.hasPrefix("written-") }
  static let disks = all.filter { $0.name.hasPrefix("disk-") }
  static let others = all.filter { container in
    !["qcow2-", "written-", "disk-"].contains { container.name.hasPrefix($0) }
  }

  @Test func thereAreContainersOfEveryKind() {
    #expect(Self.images.count >= 20)
    #expect(Self.disks.count >= 6)
    #expect(Self.others.count >= 16)
  }

  @Test(arguments: images)
  func findsEverySnapshotsState(_ container: Fixture.Image) throws {
    let image = MemoryChannel(try Fixture.image(container.name))
    let table = try QCOW2Image(image).table
    #expect(table.snapshots.map(\.id) == container.states.map(\.id))
    #expect(table.snapshots.map(\.name) == container.states.map(\.name))
    #expect(table.snapshots.map(\.stateSize) == container.states.map(\.size))
    for state in container.states where state.length > 0 {
      let opened = try StateFile.open(
        image, name: container.name, StateFile.Options(snapshot: state.id))
      #expect(opened.content == (container.name.contains("mapped") ? .mappedRAM : .stream))
      var bytes = try readWhole(opened.channel, piece: 100_003)
      #expect(opened.channel.size == UInt64(bytes.count))
      // Zeros fill the last cluster behind a mapped-ram stream; they are none of it.
      let padding = state.length - bytes.count
      #expect(opened.content == .mappedRAM ? (0..<65536).contains(padding) : padding == 0)
      bytes += [UInt8](repeating: 0, count: max(0, padding))
      #expect(Fixture.checksum(bytes) == state.checksum)
    }
  }

  @Test(arguments: images)
  func readsTheSameAtPositions(_ container: Fixture.Image) throws {
    let image = MemoryChannel(try Fixture.image(container.name))
    let opened = try StateFile.open(image, name: container.name)
    let whole = try readWhole(opened.channel, piece: 100_003)
    var random = SeededGenerator(seed: 20_261_121)
    for _ in 0..<100 {
      let first = Int.random(in: 0...whole.count, using: &random)
      let count = Int.random(in: 1...20000, using: &random)
      let bytes = try opened.channel.bytes(at: UInt64(first), upTo: count)
      #expect(bytes.elementsEqual(whole[first...].prefix(count)), "from \(first), \(count) bytes")
    }
  }

  @Test(arguments: disks)
  func decodesClustersThatTheSystemsToolCompressed(_ container: Fixture.Image) throws {
    let bytes = try Fixture.image(container.name)
    let header = try QCOW2Header(from: MemoryChannel(bytes))
    // The active tables, as if they were those of a snapshot of no disk.
    let active = QCOW2Snapshot(
      id: "", name: "", seconds: 0, nanoseconds: 0, guestClock: 0, stateSize: header.diskSize,
      diskSize: 0, tableOffset: bytes.bigEndian(40), tableEntries: bytes.bigEndian(36))
    let image = MemoryChannel(bytes)
    let channel = QCOW2StateChannel(
      image, QCOW2Mapping(header, active, image), start: 0, length: header.diskSize)
    let content = try readWhole(channel, piece: 100_003)
    let expected = try #require(container.states.first)
    #expect(content.count == expected.length)
    #expect(Fixture.checksum(content) == expected.checksum)
  }

  @Test(arguments: others)
  func findsTheStream(_ container: Fixture.Image) throws {
    let file = MemoryChannel(try Fixture.image(container.name))
    let opened = try StateFile.open(file, name: container.name)
    try expect(opened, holds: container)
  }

  @Test(arguments: others.filter { $0.name != "libvirt-sparse" && !$0.name.hasPrefix("proxmox") })
  func findsTheStreamWithoutPositions(_ container: Fixture.Image) throws {
    let input = InOrderChannel(try Fixture.image(container.name))
    try expect(try StateFile.open(input, name: "-"), holds: container)
  }

  private func expect(_ opened: OpenedState, holds container: Fixture.Image) throws {
    let isSparse = container.name == "libvirt-sparse"
    #expect(opened.content == (isSparse ? .mappedRAM : .stream))
    #expect((opened.origin > 0) == isSparse)
    let bytes = try readWhole(opened.channel, piece: 100_003)
    let expected = try #require(container.states.first)
    #expect(bytes.count == expected.length)
    #expect(Fixture.checksum(bytes) == expected.checksum)
  }

  @Test func saysWhyWhatNeedsPositionsCannotBeReadFromAPipe() throws {
    for name in ["qcow2-v2-4k", "libvirt-sparse", "proxmox-archive"] {
      let input = InOrderChannel(try Fixture.image(name))
      #expect(
        openError { () throws(VMStateError) in
          _ = try StateFile.open(input, name: "-")
        }?.code == .unsupported)
    }
  }

  @Test func readsWhatTheHeaderOfASaveImageSays() throws {
    for (name, isBig, isComplete, version) in [
      ("libvirt-raw", false, true, 2), ("libvirt-raw-big", true, true, 2),
      ("libvirt-v1-big", true, true, 1), ("libvirt-part", false, false, 2),
    ] {
      let opened = try StateFile.open(
        MemoryChannel(try Fixture.image(name)), name: name)
      let header = try #require(opened.libvirt)
      #expect(header.isBigEndian == isBig)
      #expect(header.isComplete == isComplete)
      #expect(header.version == version)
      #expect(header.xml.hasPrefix("<domain type='qemu'>"))
      #expect(header.xml.hasSuffix("</domain>\n"))
      #expect(header.cookie.hasPrefix("<qemu saveimage") == (version == 2))
      #expect(header.wasRunning == (version == 2))
      #expect(opened.warnings.isEmpty == isComplete)
    }
  }

  @Test func takesAnIdBeforeAName() throws {
    // Id 2 has the name "4"; id 4 has the name "suspend".
    let image = MemoryChannel(try Fixture.image("qcow2-many"))
    func id(_ wanted: String?) throws -> String? {
      try StateFile.open(image, name: "many", StateFile.Options(snapshot: wanted)).snapshot?.id
    }
    #expect(try id("4") == "4")
    #expect(try id("suspend") == "4")
    #expect(try id(nil) == "2")
    for wanted in ["1", "nur Platte ü", "gone", "3", ""] {
      let error = openError { () throws(VMStateError) in
        _ = try StateFile.open(image, name: "many", StateFile.Options(snapshot: wanted))
      }
      #expect(error?.code == .noSuchSnapshot, "\(wanted)")
    }
  }

  @Test func showsEachSnapshotOnALineOfItsOwn() throws {
    let image = try QCOW2Image(MemoryChannel(try Fixture.image("qcow2-icount")))
    let rows = SnapshotsText.rows(image)
    #expect(rows.map(\.machineType) == ["pc-i440fx-7.2"])
    #expect(rows.map(\.content) == [.stream])
    // QEMU counts instructions with -icount, but stores their number only while it records.
    #expect(rows.first?.snapshot.instructions == nil)
    let many = SnapshotsText.rows(
      try QCOW2Image(MemoryChannel(try Fixture.image("qcow2-many"))))
    #expect(many.map(\.machineType) == [nil, "none", "none"])
    #expect(SnapshotsText.lines(many).count == 4)
  }

  @Test func namesTheDevicesOfAnArchive() throws {
    let archive = try ProxmoxArchive(MemoryChannel(try Fixture.image("proxmox-archive")))
    #expect(archive.devices.map(\.name) == ["drive-scsi0", "vmstate"])
    #expect(archive.devices.map(\.size) == [150_000, 836_034])
    #expect(archive.seconds == 1_234_567_890)
  }
}
