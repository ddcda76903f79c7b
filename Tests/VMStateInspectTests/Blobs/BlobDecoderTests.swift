import TestSupport
import Testing
import VMState
import VMStateInspect

/// Fields of recorded streams in words.
@Suite struct BlobDecoderTests {
  /// All fields of a stream that are decoded: section, blob.
  private func blobs(_ name: String) throws -> [(idstr: String, blob: DecodedBlob)] {
    let stream = StreamWalk.collect(MemoryChannel(try Fixture.stream(name)))
    var found: [(String, DecodedBlob)] = []
    for case .section(let section) in stream.elements {
      guard let table = section.table, let state = section.state else { continue }
      visit(table, state) { field, bytes in
        let blob = BlobDecoder.decode(
          idstr: section.idstr, type: field.type, name: field.name, bytes: bytes)
        if let blob { found.append((section.idstr, blob)) }
      }
    }
    return found
  }

  private func visit(
    _ table: DescribedTable, _ state: DescribedState, _ body: (DescribedField, [UInt8]) -> Void
  ) {
    for (field, value) in zip(table.fields, state.fields) {
      switch (field.content, value) {
      case (.leaf, .bytes(let bytes)): body(field, bytes)
      case (.structure(let inner), .structures(let states)):
        states.forEach { visit(inner, $0, body) }
      default: break
      }
    }
  }

  @Test(arguments: [("7.2/pc-rich", 256), ("10.0/pc-rich", 1024)])
  func readsRegistersAndQueues(name: String, size: Int) throws {
    let blobs = try blobs(name)
    let disk = try #require(blobs.first { $0.idstr.hasSuffix("/virtio-blk") }).blob
    #expect(disk.title == "virtio-blk")
    #expect(disk.json["queues"]?["0"]?["num"]?.int == size)
    let net = try #require(blobs.first { $0.idstr.hasSuffix("/virtio-net") }).blob
    #expect(net.json["mac"]?.text?.count == 17)
    #expect(net.lines.first == "virtio-net")
    #expect(net.lines.contains { $0.hasPrefix("  features: 0x") })
  }

  /// Firmware alone negotiates nothing: the bits are put into the recorded bytes.
  @Test func namesTheFeaturesThatWereNegotiated() throws {
    let stream = StreamWalk.collect(MemoryChannel(try Fixture.stream("10.0/pc-rich")))
    let sections = stream.elements.compactMap { element -> WalkedSection? in
      guard case .section(let section) = element else { return nil }
      return section
    }
    let disk = try #require(sections.first { $0.idstr.hasSuffix("/virtio-blk") })
    guard case .bytes(var bytes)? = disk.state?.fields.first else {
      Issue.record("one field of bytes")
      return
    }
    let mark = Array("virtio/64bit_features".utf8)
    let start = try #require(
      bytes.indices.first { bytes[$0...].starts(with: mark) })
    let value = start + mark.count + 4
    bytes.replaceSubrange(value..<value + 8, with: hex("0000 0001 3000 0644"))
    let blob = BlobDecoder.decode(
      idstr: disk.idstr, type: "virtio", name: "virtio", bytes: bytes)
    #expect(
      blob?.json["features"]?["bits"]?.elements?.compactMap(\.text) == [
        "SEG_MAX", "BLK_SIZE", "FLUSH", "TOPOLOGY", "INDIRECT_DESC", "EVENT_IDX", "VERSION_1",
      ])
    #expect(blob?.json["features"]?["value"]?.uint64 == 0x1_3000_0644)
  }

  @Test(arguments: ["7.2/pc-rich", "7.2/q35", "10.0/pc-rich"])
  func readsEveryConfigurationSpace(name: String) throws {
    let spaces = try blobs(name).filter { $0.blob.title == "PCI configuration space" }
    #expect(spaces.count > 3)
    for (idstr, blob) in spaces {
      let vendor = blob.json["vendor"]?.int
      #expect(vendor == 0x8086 || vendor == 0x1b36 || vendor == 0x1af4, "\(idstr)")
    }
  }

  @Test func showsRangesAndCapabilities() throws {
    let blobs = try blobs("10.0/pc-rich")
    let usb = try #require(blobs.first { $0.idstr.hasSuffix("/xhci") }).blob
    #expect(usb.json["class"]?.int == 0x0c0330)
    #expect(usb.json["ranges"]?["BAR 0"]?["kind"]?.text == "64-bit memory")
    #expect(usb.lines.contains { $0.hasSuffix(": MSI-X") })
    #expect(usb.lines.contains("      vectors: 16"))
  }

  @Test(arguments: ["7.2/pc", "10.0/pc"])
  func namesTheRunState(name: String) throws {
    let blob = try #require(try blobs(name).first { $0.idstr == "globalstate" }).blob
    #expect(blob.json["known"]?.bool == true)
    let text = try #require(blob.json["run state"]?.text)
    #expect(blob.lines == ["run state", "  run state: \(text)", "  known: yes"])
  }

  @Test func tellsTheTimeOfTheClock() throws {
    let blob = try #require(try blobs("10.0/pc").first { $0.idstr == "mc146818rtc" }).blob
    let date = try #require(blob.json["date"]?.text)
    #expect(date.hasPrefix("20") && date.count == 10)
    #expect(blob.json["time"]?.text?.count == 8)
  }

  @Test func knowsNothingOfOtherFields() {
    #expect(BlobDecoder.decode(idstr: "x", type: "buffer", name: "data", bytes: [1]) == nil)
    #expect(BlobDecoder.decode(idstr: "x", type: "pci config", name: "c", bytes: [1]) == nil)
    #expect(
      BlobDecoder.decode(idstr: "y/virtio-net", type: "virtio", name: "virtio", bytes: [0]) == nil)
    #expect(BlobDecoder.decode(idstr: "y/z", type: "virtio", name: "virtio", bytes: []) == nil)
  }

  /// Whatever the bytes are: a text or nothing.
  @Test func survivesChangedBytes() throws {
    var random = SeededGenerator(seed: 0xb10b)
    let stream = StreamWalk.collect(MemoryChannel(try Fixture.stream("10.0/pc-rich")))
    for case .section(let section) in stream.elements {
      guard let table = section.table, let state = section.state else { continue }
      visit(table, state) { field, bytes in
        guard ["virtio", "pci config", "buffer"].contains(field.type), !bytes.isEmpty else {
          return
        }
        for _ in 0..<20 {
          var changed = bytes
          changed[Int.random(in: 0..<min(600, bytes.count), using: &random)] = UInt8.random(
            in: 0...255, using: &random)
          let blob = BlobDecoder.decode(
            idstr: section.idstr, type: field.type, name: field.name, bytes: changed)
          if let blob { #expect(!blob.lines.isEmpty) }
        }
      }
    }
  }
}
