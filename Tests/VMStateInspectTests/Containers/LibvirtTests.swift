import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct LibvirtTests {
  static let images = [
    "libvirt-v1-big", "libvirt-raw", "libvirt-part", "libvirt-gzip", "libvirt-bzip2",
    "libvirt-xz", "libvirt-zstd", "libvirt-lzop",
  ]

  @Test(arguments: images)
  func findsTheStreamBehindTheHeader(_ name: String) throws {
    let bytes = try ContainerFixture.bytes(name)
    let stream = try Fixture.stream("10.0/none")
    let opened = try openState(bytes)
    #expect(opened.content == .stream)
    #expect(try readWhole(opened.channel) == stream)
    let piped = try StateFile.open(InOrderChannel(bytes), name: "-")
    #expect(try readWhole(piped.channel) == stream)
    #expect(piped.libvirt == opened.libvirt)
    let walked = try StreamWalk.collect(openState(bytes).channel)
    #expect(walked.error == nil && walked.length == UInt64(stream.count))
  }

  @Test func readsTheHeadersOfBothByteOrders() throws {
    let little = try #require(try openState(ContainerFixture.bytes("libvirt-gzip")).libvirt)
    #expect(!little.isBigEndian && little.version == 2 && little.format == .gzip)
    #expect(little.wasRunning && little.isComplete)
    #expect(little.xml == "<domain type='qemu'>\n  <name>guest</name>\n</domain>\n")
    #expect(little.cookie == "<qemusave>\n  <feature name='slirp'/>\n</qemusave>\n")
    let big = try #require(try openState(ContainerFixture.bytes("libvirt-zstd")).libvirt)
    #expect(big.isBigEndian && big.format == .zstd)
    #expect(big.xml == little.xml && big.cookie == little.cookie)
    // Version 1 is never compressed, whatever the format's number.
    let first = try #require(try openState(ContainerFixture.bytes("libvirt-v1-big")).libvirt)
    #expect(first.version == 1 && first.format == .raw)
    #expect(first.cookie.isEmpty && first.xml == little.xml)
  }

  @Test func warnsOfAnImageThatWasNotFinished() throws {
    let opened = try openState(ContainerFixture.bytes("libvirt-part"))
    #expect(opened.libvirt?.isComplete == false)
    #expect(opened.warnings == ["the libvirt save image was not written to its end"])
    #expect(opened.kind == "incomplete libvirt save image, stream")
  }

  @Test func readsAMappedRAMStreamAtTheFilesOwnPositions() throws {
    let bytes = try ContainerFixture.bytes("libvirt-sparse")
    let opened = try openState(bytes)
    #expect(opened.content == .mappedRAM && opened.libvirt?.format == .sparse)
    #expect(opened.origin == 0x20000 && opened.warnings.isEmpty)
    let state = try ContainerFixture.state("libvirt-sparse")
    #expect(sha256(Array(bytes[0x20000...])) == state.digest)
    var options = WalkOptions()
    options.origin = opened.origin
    let stream = StreamWalk.collect(opened.channel, options)
    #expect(stream.error == nil && stream.memory.isMapped)
    #expect(stream.length == UInt64(bytes.count) && stream.unclaimedBytes == 0)
    let target = MemoryChannel()
    let result = try Reencoder.reencode(opened.channel, to: target, options)
    #expect(result.problems.isEmpty)
    #expect(Array(target.bytes.dropFirst(0x20000)) == Array(bytes[0x20000...]))
  }

  @Test func readsAMappedRAMFileAtAnOffset() throws {
    // Without libvirt's header: what QEMU writes to `file:f,offset=0x20000`.
    var bytes = try ContainerFixture.bytes("libvirt-sparse")
    bytes.replaceSubrange(0..<200, with: [UInt8](repeating: 0, count: 200))
    let opened = try openState(bytes, StateFile.Options(offset: 0x20000))
    #expect(opened.content == .mappedRAM && opened.origin == 0x20000)
    var options = WalkOptions()
    options.origin = opened.origin
    #expect(StreamWalk.collect(opened.channel, options).error == nil)
  }

  @Test func saysWhereHeaderAndDataDisagree() throws {
    var bytes = try ContainerFixture.bytes("libvirt-raw")
    bytes[28] = 3
    let opened = try openState(bytes)
    #expect(opened.warnings == ["the libvirt header says xz, the data is raw"])
    #expect(try readWhole(opened.channel) == Fixture.stream("10.0/none"))
  }

  @Test(arguments: [
    (16, "03000000", "unsupported"),  // version 3
    (16, "00000000", "unsupported"),  // version 0
    (20, "00000000", "badContainer"),  // no XML
    (20, "00000080", "badContainer"),  // negative
    (20, "ffffff7f", "endOfStream"),  // XML beyond the file
    (28, "07000000", "unsupported"),  // unknown format
    (32, "ffff0100", "badContainer"),  // the cookie behind the data
  ])
  func refusesAHeaderThatCannotBe(_ place: Int, _ value: String, _ code: String) throws {
    var bytes = try ContainerFixture.bytes("libvirt-raw")
    bytes.replaceSubrange(place..<place + 4, with: hex(value))
    for isPiped in [false, true] {
      let error = #expect(throws: VMStateError.self) {
        isPiped
          ? try StateFile.open(InOrderChannel(bytes), name: "-") : try openState(bytes)
      }
      #expect(error?.code.name == code, "\(String(describing: error))")
      #expect(error?.path == ["libvirt save image"])
    }
  }

  @Test func reportsEveryCut() throws {
    let bytes = try ContainerFixture.bytes("libvirt-raw")
    let start = bytes.count - (try Fixture.stream("10.0/none").count)
    for length in [16, 91, 92, 200, start - 1] {
      let error = #expect(throws: VMStateError.self) {
        try openState(Array(bytes[..<length]))
      }
      #expect(error?.code == .endOfStream, "\(length)")
    }
  }
}
