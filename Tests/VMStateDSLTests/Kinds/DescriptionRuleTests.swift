import Testing
import TestSupport
import VMState
import VMStateDSL

/// The rules of the JSON description that differ between the generations: element indexes,
/// runs of null pointers, names that occur more than once.
@Suite struct DescriptionRuleTests {
  struct Child: Sendable {
    var a: UInt8 = 0
    /// The JSON members of the plain table and of those that write the same row.
    static let json = #"""
      "vmsd_name": "child", "version": 0, "fields": [{"name": "a", "type": "uint8", "size": 1}]
      """#
    static let plain = VMStateDescription<Child>("child") { Field("a", \.a) }
    static let tested = VMStateDescription<Child>("child") {
      Field("a", \.a).when { _, _ in true }
    }
    static let validated = VMStateDescription<Child>("child") {
      Field("a", \.a)
      Validate("always") { _, _ in true }
    }
    static let withSubsection = plain.subsection("child/more", needed: { _ in false }) {
      Field("a", \.a)
    }
    static let withEmptyList = plain.withEmptySubsectionList()
  }

  typealias Three = One<InlineArray<3, Child>>
  static let three = Three(f: InlineArray(repeating: Child()))

  /// The text of the rows over a state, with and without the compiled plan.
  private func fields<State>(
    _ profile: StreamProfile, _ state: State,
    @FieldBuilder<State> _ rows: () -> [VMStateField<State>]
  ) throws -> String {
    let table = VMStateDescription<State>("k", rows)
    let text = try table.descriptionText(of: state, profile: profile)
    var watched: DescriptionText? = DescriptionText()
    var writer = StreamWriter(nil)
    var copy = state
    try table.save(
      &copy, to: &writer, json: &watched,
      SaveContext(profile: profile, observer: SilentObserver()))
    #expect(String(decoding: watched?.bytes ?? [], as: UTF8.self) == text)
    let head = #""vmsd_name": "k", "version": 0, "fields": ["#
    #expect(text.hasPrefix(head) && text.hasSuffix("]"))
    return String(text.dropFirst(head.count).dropLast())
  }

  private func element(_ index: Int?) -> String {
    let index = index.map { #""index": \#($0), "# } ?? ""
    return #"{"name": "f", \#(index)"type": "struct", "struct": {\#(Child.json)}, "size": 1}"#
  }

  static let generations: [(StreamProfile, [Int?])] = [
    (.qemu7_2, [0, 1, 2]), (.qemu10_0, [0, 1, nil]), (.qemu11_1, [nil, nil, nil]),
  ]

  @Test(arguments: generations)
  func aTestSomewhereBelowSpellsTheElementsOut(_ profile: StreamProfile, _ indexes: [Int?]) throws {
    let expected = indexes.map(element).joined(separator: ", ")
    for table in [Child.tested, Child.validated, Child.withSubsection, Child.withEmptyList] {
      #expect(try fields(profile, Self.three) { Structs("f", \.f, table) } == expected)
    }
    let ofItsOwn = try fields(profile, Self.three) {
      Structs("f", \.f, Child.plain).when { _, _ in true }
    }
    #expect(ofItsOwn == expected)
  }

  @Test(arguments: [StreamProfile.qemu7_2, .qemu10_0, .qemu11_1])
  func plainElementsAreWrittenOnce(profile: StreamProfile) throws {
    #expect(
      try fields(profile, Self.three) { Structs("f", \.f, Child.plain) }
        == element(nil).replacing(#""f", "#, with: #""f", "array_len": 3, "#))
  }

  @Test func versionedStructuresAreNotLookedInto() throws {
    struct Nest {
      var inner = Child()
      static let vmstate = VMStateDescription<Nest>("nest") {
        Struct("inner", \.inner, Child.tested, version: 0)
      }
    }
    #expect(
      try fields(.qemu10_0, One<InlineArray<2, Nest>>(f: InlineArray(repeating: Nest()))) {
        Structs("f", \.f, Nest.vmstate)
      }
        == #"""
        {"name": "f", "array_len": 2, "type": "struct", "struct": {"vmsd_name": "nest", \#
        "version": 0, "fields": [{"name": "inner", "type": "vstruct", \#(Child.json), \#
        "size": 1}]}, "size": 1}
        """#)
  }

  // MARK: Null pointers

  /// Rows of pointers in short: `v4` a described array of 4 values, `n2` a run of two nulls,
  /// `v` and `n` single ones, `v#2` with an index.
  private func short(_ text: String) -> [String] {
    text.split(separator: "}, {").map { object in
      let isNull = object.contains(#""size": 1"#)
      var word = object.contains("marker") ? "m" : object.contains("nullptr") ? "n" : "v"
      if isNull, word == "v" { word = "V" }
      if let length = object.firstRange(of: #""array_len": "#) {
        word += object[length.upperBound...].prefix { $0.isNumber }
      }
      if let index = object.firstRange(of: #""index": "#) {
        word += "#" + object[index.upperBound...].prefix { $0.isNumber }
      }
      return word
    }
  }

  private func pointers(
    _ profile: StreamProfile, _ pattern: String, tested: Bool
  ) throws -> [String] {
    let values = pattern.map { $0 == "A" ? UInt16(1) : nil }
    let state = One<InlineArray<4, UInt16?>>(f: [values[0], values[1], values[2], values[3]])
    let row = Pointers<One<InlineArray<4, UInt16?>>>("f", \.f)
    return short(
      try fields(profile, state) { tested ? row.when { _, _ in true } : row })
  }

  @Test(arguments: [
    ("AAAA", ["v4"], ["v4"], ["v4"]),
    ("....", ["V4"], ["n4"], ["m4"]),
    ("AAA.", ["v4"], ["v4", "n"], ["v4"]),
    ("...A", ["V4"], ["n3", "v"], ["m3"]),
    ("A..A", ["v4"], ["v4", "n2", "v"], ["v4", "m2"]),
    (".AA.", ["V4"], ["n", "v2", "n"], ["m", "v2"]),
    ("A.AA", ["v4"], ["v4", "n", "v2"], ["v4", "m", "v2"]),
    ("A.A.", ["v4"], ["v4", "n", "v", "n"], ["v4", "m", "v", "m"]),
    (".A.A", ["V4"], ["n", "v", "n", "v"], ["m", "v", "m", "v"]),
  ])
  func runsOfNullPointersAreDescribedApart(
    pattern: String, old: [String], middle: [String], new: [String]
  ) throws {
    #expect(try pointers(.qemu7_2, pattern, tested: false) == old)
    #expect(try pointers(.qemu10_0, pattern, tested: false) == middle)
    #expect(try pointers(.qemu11_1, pattern, tested: false) == new)
  }

  @Test(arguments: [
    ("AAAA", ["v#0", "v#1", "v#2", "v#3"], ["v#0", "v#1", "v#2", "v"], ["v", "v", "v", "v"]),
    ("A..A", ["v#0", "V#1", "V#2", "v#3"], ["v#0", "n2", "n2", "v"], ["v", "m", "m", "v"]),
    ("..AA", ["V#0", "V#1", "v#2", "v#3"], ["n2", "n3", "v#2", "v"], ["m", "m", "v", "v"]),
  ])
  func pointersThatAreSpeltOutKeepTheRunsOfTheirNulls(
    pattern: String, old: [String], middle: [String], new: [String]
  ) throws {
    #expect(try pointers(.qemu7_2, pattern, tested: true) == old)
    #expect(try pointers(.qemu10_0, pattern, tested: true) == middle)
    #expect(try pointers(.qemu11_1, pattern, tested: true) == new)
  }

  // MARK: Names

  @Test func repeatedNamesAreNumberedWhetherPresentOrNot() throws {
    struct Twice {
      var a: UInt8 = 0
      var b: InlineArray<2, UInt8?> = [nil, nil]
    }
    func rows(_ profile: StreamProfile) throws -> String {
      try fields(profile, Twice()) {
        Field("x", \.a).since(7)
        Field("x", \.a)
        Pointers("x", \.b)
        Unused(1)
        Unused(2)
      }
    }
    let unused = #"""
      {"name": "unused[0]", "type": "unused_buffer", "size": 1}, \#
      {"name": "unused[1]", "type": "unused_buffer", "size": 2}
      """#
    let second = #"{"name": "x[1]", "type": "uint8", "size": 1}"#
    #expect(
      try rows(.qemu7_2)
        == #"\#(second), {"name": "x[2]", "array_len": 2, "type": "uint8", "size": 1}, \#(unused)"#)
    // QEMU does not find the made-up field of a null pointer in its table.
    #expect(
      try rows(.qemu10_0)
        == #"\#(second), {"name": "x[-1]", "array_len": 2, "type": "nullptr", "size": 1}, \#(unused)"#
    )
  }

  @Test func subsectionsAreListedAndCountInTheirOwnersSize() throws {
    let table = VMStateDescription<One<Child>>("k") {
      Struct(
        "f", \.f,
        Child.plain.subsection("child/more", version: 2, needed: { _ in true }) {
          Field("a", \.a)
        })
    }
    #expect(
      try table.descriptionText(of: One(f: Child()))
        == #"""
        "vmsd_name": "k", "version": 0, "fields": [{"name": "f", "type": "struct", "struct": \#
        {\#(Child.json), "subsections": [{"vmsd_name": "child/more", "version": 2, "fields": \#
        [{"name": "a", "type": "uint8", "size": 1}]}]}, "size": 18}]
        """#)
  }
}
