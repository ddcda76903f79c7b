import Testing
import VMState
import VMStateInspect

@Suite struct GuestPhysicalLayoutTests {
  private func layout(
    _ machine: String?, _ blocks: [(String, UInt64)]
  ) throws -> GuestPhysicalLayout {
    try GuestPhysicalLayout(
      machineType: machine,
      blocks: blocks.map {
        MemoryBlock(name: Array($0.0.utf8), length: $0.1, pageSize: 4096)
      })
  }

  private func places(_ layout: GuestPhysicalLayout) -> [[UInt64]] {
    layout.segments.map { [UInt64($0.block), $0.offset, $0.length, $0.address] }
  }

  // From the boards' rules: pc keeps 3.5 GiB below 4 GiB unless it has more, then 3 GiB.
  @Test(
    arguments: [
      ("pc-i440fx-7.2", 1 << 30, 1 << 30),
      ("pc-i440fx-7.2", 0xDFFF_F000, 0xDFFF_F000),
      ("pc-i440fx-7.2", 0xE000_0000, 0xC000_0000),
      ("pc-i440fx-10.0", 16 << 30, 0xC000_0000),
      ("pc-i440fx-1.7", 4 << 30, 0xE000_0000),
      ("pc-q35-7.2", 0xAFFF_F000, 0xAFFF_F000),
      ("pc-q35-7.2", 0xB000_0000, 0x8000_0000),
      ("pc-q35-10.0", 8 << 30, 0x8000_0000),
      ("microvm", 4 << 30, 0x8000_0000),
      ("isapc", 16 << 20, 16 << 20),
    ] as [(String, UInt64, UInt64)])
  func leavesTheHoleBelowFourGiB(machine: String, size: UInt64, low: UInt64) throws {
    let layout = try layout(machine, [("pc.ram", size)])
    var expected: [[UInt64]] = [[0, 0, low, 0]]
    if size > low { expected.append([0, low, size - low, 4 << 30]) }
    #expect(places(layout) == expected)
  }

  @Test func putsFirmwareBelowFourGiBAndLeavesOutWhatRAMCovers() throws {
    let layout = try layout(
      "pc-i440fx-7.2",
      [("pc.ram", 8 << 20), ("pc.rom", 128 << 10), ("pc.bios", 256 << 10), ("vga.vram", 16 << 20)])
    #expect(places(layout) == [[0, 0, 8 << 20, 0], [2, 0, 256 << 10, 0xFFFC_0000]])
    #expect(layout.segments.map(\.isRAM) == [true, false])
    #expect(layout.notes.contains { $0.contains("vga.vram") })
    #expect(layout.notes.contains { $0.contains("pc.rom") })
  }

  @Test func takesTheBackendAsRAMAndJoinsNodes() throws {
    let backend = try layout(
      "pc-q35-10.0", [("pc.bios", 8 << 20), ("mem0", 4 << 20), ("0000:00:02.0/x.rom", 32 << 20)])
    #expect(backend.segments.first?.block == 1)
    let nodes = try layout(
      "pc-i440fx-7.2", [("ram-node1", 2 << 30), ("ram-node0", 3 << 30)])
    // 5 GiB in all: 3 GiB of node 0 below, node 1 above.
    #expect(places(nodes) == [[1, 0, 3 << 30, 0], [0, 0, 2 << 30, 4 << 30]])
  }

  @Test func refusesWhatItDoesNotKnow() {
    let ram: [(String, UInt64)] = [("ram", 1 << 20)]
    #expect(throws: VMStateError.self) { try layout("virt-7.2", ram) }
    #expect(throws: VMStateError.self) { try layout(nil, ram) }
    #expect(throws: VMStateError.self) { try layout("pc", [("pc.bios", 1 << 20)]) }
  }
}
