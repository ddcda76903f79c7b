import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The table of field kinds against the tests: every line has one.
@Suite struct KindTableTests {
  private static let folder = #filePath.dropLast("/KindTableTests.swift".count)
  private static let root = folder.dropLast("/Tests/VMStateDSLTests/Kinds".count)

  private static func text(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "\(path) is not there")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The lines of the table as cells.
  private static func lines() throws -> [[String]] {
    try text("\(root)/Sources/VMState/VMState.docc/FieldKinds.md")
      .split(separator: "\n").filter { $0.hasPrefix("| K") }
      .map { $0.split(separator: "|").map { $0.drop { $0 == " " } }.map { String($0) } }
  }

  /// The numbers in the names of the tests of this folder.
  private static func testedLines() throws -> Set<Int> {
    var numbers: Set<Int> = []
    let files = [
      "ScalarKindTests", "ArrayKindTests", "VariableKindTests", "StructKindTests",
      "BufferKindTests", "ContainerKindTests", "OtherKindTests",
    ]
    for file in files {
      for line in try text("\(folder)/\(file).swift").split(separator: "\n")
      where line.contains("@Test") || line.contains("  func k") {
        guard let name = line.split(separator: " ").first(where: { $0.hasPrefix("k") }) else {
          continue
        }
        if let number = Int(name.dropFirst().prefix { $0.isNumber }) { numbers.insert(number) }
      }
    }
    return numbers
  }

  @Test func everyLineHasATestAndEveryTestALine() throws {
    let numbers = try Self.lines().map { cells in
      Int(cells[0].dropFirst().prefix { $0.isNumber }) ?? -1
    }
    #expect(numbers == Array(1...numbers.count), "the lines are numbered in order")
    let tested = try Self.testedLines()
    #expect(Set(numbers).subtracting(tested).sorted() == [], "lines without a test")
    #expect(tested.subtracting(numbers).sorted() == [], "tests without a line")
  }

  @Test func everyLineIsCompleteAndNamesEachMacroOnce() throws {
    var macros: [String] = []
    for cells in try Self.lines() {
      #expect(cells.count == 6, "\(cells)")
      #expect(cells.allSatisfy { $0.count > 1 || $0 == "1" }, "\(cells)")
      macros += cells[1].split { $0 == "`" || $0 == "," || $0 == " " }.map { String($0) }
    }
    #expect(macros.count == Set(macros).count, "a macro has two lines")
    // What QEMU's header and the headers of its device families define.
    #expect(macros.count == 207)
  }
}
