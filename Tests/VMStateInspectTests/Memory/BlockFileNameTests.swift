import Testing
import VMStateInspect

@Suite struct BlockFileNameTests {
  private func names(_ names: String...) -> [String] {
    BlockFileName.names(for: names.map { Array($0.utf8) })
  }

  @Test func keepsOrdinaryNames() {
    #expect(names("pc.ram", "pc.bios") == ["pc.ram", "pc.bios"])
    #expect(names("/rom@etc/acpi/tables") == ["%2from@etc%2facpi%2ftables"])
  }

  @Test func staysInItsFolder() {
    let hostile = names("..", ".", "../../etc/passwd", "/etc/passwd", "a\0b", "", "a\nb", ".hidden")
    for name in hostile {
      #expect(!name.isEmpty && name.first != ".", "\(name)")
      #expect(!name.utf8.contains { $0 == 0x2F || $0 < 0x20 }, "\(name)")
    }
    #expect(Set(hostile).count == hostile.count)
  }

  @Test func cutsLongNamesAndTellsThemApart() {
    let long = String(repeating: "/", count: 255)
    let other = String(repeating: "/", count: 254) + "x"
    let both = names(long, other)
    #expect(both[0] != both[1])
    #expect(both.allSatisfy { $0.utf8.count <= 205 })
  }

  @Test func tellsRepeatedNamesApart() {
    let all = names("a", "a", "a~2", "a")
    #expect(Set(all).count == 4)
    #expect(all[0] == "a" && all[1] == "a~2")
  }

  @Test func acceptsBytesThatAreNoText() {
    #expect(BlockFileName.names(for: [[0xFF, 0x41]]) == ["%ffA"])
  }
}
