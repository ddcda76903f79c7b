import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct SnapshotsTextTests {
  private func rows(_ bytes: [UInt8]) throws -> [SnapshotsText.Row] {
    SnapshotsText.rows(try QCOW2Image(MemoryChannel(bytes)))
  }

  @Test func listsWhatQEMUListed() throws {
    // QEMU 10.0, `info snapshots`: 865 KiB, 2026-11-21 00:45:02, 0000:00:00.175 and .431.
    let lines = SnapshotsText.lines(try rows(Fixture.stream("10.0/savevm-qcow2")))
    #expect(
      lines == [
        "ID  NAME    VM STATE  DATE (UTC)           GUEST CLOCK     INSIDE",
        "1   first   886212 B  2026-11-21 00:45:02  0000:00:00.175  stream, machine pc-i440fx-10.0",
        "2   second  886212 B  2026-11-21 00:45:02  0000:00:00.431  stream, machine pc-i440fx-10.0",
      ])
  }

  @Test func givesTheSameAsJSON() throws {
    let json = SnapshotsText.json(try rows(Fixture.stream("7.2/savevm-qcow2")))
    #expect(json["schema"]?.int == 1)
    let second = try #require(json["snapshots"]?.elements?.last)
    #expect(second["name"]?.text == "second" && second["id"]?.text == "2")
    #expect(second["machine"]?.text == "pc-i440fx-7.2")
    #expect(second["content"]?.text == "stream" && second["icount"] == .null)
    #expect(second["error"] == nil)
  }

  @Test func showsDiskSnapshotsDamageAndControlCharacters() throws {
    var bytes = try ContainerFixture.bytes("qcow2-4k")
    let table = bytes[64..<72].reduce(0) { $0 << 8 | Int($1) }
    // The first snapshot: no VM state, and a name that would move the cursor.
    bytes.replaceSubrange(table + 40..<table + 48, with: hex("0000000000000000"))
    bytes[table + 40 + 24 + 2] = 0x1b
    let rows = try rows(bytes)
    #expect(rows.count == 2 && rows[0].content == nil && rows[1].content == .stream)
    let lines = SnapshotsText.lines(rows)
    #expect(lines[1].hasSuffix("the disk alone") && !lines[1].contains("\u{1b}"))
    #expect(lines[2].hasSuffix("stream, machine none"))
    // The second one's L1 table leads inside a cluster.
    let second = table + 40 + 24 + 1 + 5 + 2
    bytes.replaceSubrange(second..<second + 8, with: hex("0000000000001200"))
    #expect(throws: VMStateError.self) { try self.rows(bytes) }
  }

  @Test func saysThatThereAreNone() throws {
    var bytes = try ContainerFixture.bytes("qcow2-4k")
    bytes.replaceSubrange(60..<64, with: hex("00000000"))
    #expect(SnapshotsText.lines(try rows(bytes)) == ["no snapshots"])
    let error = #expect(throws: VMStateError.self) { try openState(bytes) }
    #expect(error?.code == .noSuchSnapshot && error?.found == "no snapshot")
  }
}
