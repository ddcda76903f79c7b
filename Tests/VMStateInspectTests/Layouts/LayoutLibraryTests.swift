import TestSupport
import Testing
import VMState
import VMStateInspect

/// Built-in layouts against what recorded streams say of themselves.
@Suite struct LayoutLibraryTests {
  static let described = try! Fixture.streams().filter { name in
    !["mapped", "no-vmdesc", "postcopy"].contains { name.contains($0) }
  }

  /// A section of a stream, read by its layout and ended by its footer.
  static func read(
    _ section: WalkedSection, in bytes: [UInt8], _ profile: StreamProfile
  ) throws -> (DescribedTable, DescribedState)? {
    var options = Limits()
    options.describedBytes = 64 << 20
    let context = LoadContext(profile: profile, limits: options)
    var reader = StreamReader(MemoryChannel(bytes))
    try reader.seek(to: section.bodyOffset)
    let end = section.bodyOffset + section.bodyLength
    return try LayoutLibrary.read(
      idstr: section.idstr, instance: section.instance, version: section.version,
      from: &reader, context
    ) { (reader: inout StreamReader) throws(VMStateError) in reader.position == end }
  }

  @Test(arguments: described)
  func saysOfEverySectionWhatItsDescriptionSays(name: String) throws {
    let bytes = try Fixture.stream(name)
    let profile: StreamProfile = name.hasPrefix("7.2") ? .qemu7_2 : .qemu10_0
    var (sections, known, total, covered) = (0, 0, UInt64(0), UInt64(0))
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    #expect(stream.description != nil)
    for case .section(let section) in stream.elements {
      guard let table = section.table, let state = section.state else { continue }
      sections += 1
      total += section.bodyLength
      guard let (found, content) = try Self.read(section, in: bytes, profile) else {
        #expect(section.idstr == "slirp")
        continue
      }
      #expect(found == table, "\(section.idstr): \(difference(found, table))")
      #expect(content == state, "\(section.idstr)")
      known += 1
      covered += section.bodyLength
    }
    print("\(name): \(known) of \(sections) sections, \(covered) of \(total) bytes by layouts")
    #expect(known > 0)
  }

  private func difference(_ one: DescribedTable, _ other: DescribedTable) -> String {
    for (first, second) in zip(one.fields, other.fields) where first != second {
      return "\(first) is not \(second)"
    }
    return "\(one.fields.count) fields, \(one.subsections.map(\.name)) and "
      + "\(other.fields.count), \(other.subsections.map(\.name))"
  }

  @Test func findsLayoutsBehindDevicePaths() {
    #expect(LayoutLibrary.knows(idstr: "0000:00:07.0/1/usb-kbd", version: 1))
    #expect(LayoutLibrary.knows(idstr: "virtio-mmio@000000000a000000/virtio-net", version: 11))
    #expect(!LayoutLibrary.knows(idstr: "0000:00:07.0/unheard-of", version: 1))
    #expect(!LayoutLibrary.knows(idstr: "i8254", version: 9))
    #expect(LayoutLibrary.names.count > 90)
  }
}
