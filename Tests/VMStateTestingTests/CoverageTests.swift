import Testing
import TestSupport
import VMState
import VMStateDSL
import VMStateTesting

@Suite struct CoverageTests {
  @Test func aWholeTablePasses() throws {
    try expectCoverage(Device.vmstate, sample: Device.sample)
  }

  private func forgotten<State>(
    _ table: VMStateDescription<State>, _ sample: State,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    sentence(sourceLocation: sourceLocation) { () throws(TestFailure) in
      try expectCoverage(table, sample: sample)
    }
  }

  @Test func namesForgottenProperties() {
    let table = VMStateDescription<Device>("device") {
      Field("control", \.control)
      Struct("first", \.first, Device.Channel.vmstate)
      Pointee("second", \.second, Device.Channel.vmstate)
      Field("length", \.length)
      Buffer("data", \.data, size: \.length)
      Field("extra", \.extra)
    }
    #expect(
      forgotten(table, Device.sample)
        == "no row of 'device' covers 'queue', 'line' of Device: add a row, or say with Local "
        + "that it does not travel")
  }

  struct Padded {
    struct Head {
      var a: UInt32 = 0
      var b: UInt8 = 0
    }
    var head = Head()
    // In the tail padding of what comes before.
    var tail: UInt8 = 0
  }

  @Test func aPropertyInTailPaddingIsNotHiddenByItsNeighbour() {
    #expect(MemoryLayout<Padded>.offset(of: \.tail) == 5)
    let head = VMStateDescription<Padded.Head>("head") {
      Field("a", \.a)
      Field("b", \.b)
    }
    let table = VMStateDescription<Padded>("padded") { Struct("head", \.head, head) }
    #expect(forgotten(table, Padded()).contains("covers 'tail' of Padded"))
  }

  @Test func propertiesOfNestedStructuresAreNamedWithTheirPath() {
    struct Outer {
      var head = Padded.Head()
      var array: InlineArray<3, Padded.Head> = .init(repeating: Padded.Head())
      var pair = (Padded.Head(), Padded.Head())
    }
    let half = VMStateDescription<Padded.Head>("half") { Field("a", \.a) }
    let table = VMStateDescription<Outer>("outer") {
      Struct("head", \.head, half)
      Structs("array", \.array, half)
      Elements("pair", \.pair, half)
    }
    #expect(
      forgotten(table, Outer())
        == "no row of 'outer' covers 'head.b', 'array[0].b', 'pair.0.b', 'pair.1.b' of Outer: "
        + "add a row, or say with Local that it does not travel")
  }

  @Test func aRowOverAMemberCoversOnlyThatMember() throws {
    let table = VMStateDescription<Padded>("padded") {
      Field("a", \.head.a)
      Field("tail", \.tail)
    }
    #expect(forgotten(table, Padded()).contains("covers 'head.b' of Padded"))
    let whole = VMStateDescription<Padded>("padded") {
      Field("a", \.head.a)
      Field("tail", \.tail)
      Local(\.head.b)
    }
    try expectCoverage(whole, sample: Padded())
  }

  @Test func partsOfArraysMustBeTheWhole() throws {
    struct Words { var f: InlineArray<4, UInt16> = [0, 0, 0, 0] }
    let half = VMStateDescription<Words>("half") { Field("f", \.f, range: 0..<3) }
    #expect(forgotten(half, Words()).contains("covers 'f[3]' of Words"))
    let both = VMStateDescription<Words>("both") {
      Field("low", \.f, range: 0..<3)
      Field("high", \.f, range: 3..<4)
    }
    try expectCoverage(both, sample: Words())
  }

  @Test func tablesOfListElementsAndPointersAreChecked() {
    let half = VMStateDescription<Device.Channel>("half") { Field("count", \.count) }
    struct Lists {
      var queue = [Device.Channel()]
      var pointer: Device.Channel? = Device.Channel()
      var tree = [TreeNode(key: UInt64(1), value: Device.Channel())]
    }
    let good = Device.Channel.vmstate
    let cases: [(VMStateDescription<Lists>, String)] = [
      (
        VMStateDescription("lists") {
          Queue("queue", \.queue, half, fresh: Device.Channel())
          Pointee("pointer", \.pointer, good)
          Tree("tree", \.tree, value: good, fresh: Device.Channel()).since(2)
        }, "'queue[].gate'"
      ),
      (
        VMStateDescription("lists") {
          Queue("queue", \.queue, good, fresh: Device.Channel()).since(2)
          Pointee("pointer", \.pointer, half)
          Tree("tree", \.tree, value: good, fresh: Device.Channel()).since(2)
        }, "'pointer[].gate'"
      ),
      (
        VMStateDescription("lists") {
          Queue("queue", \.queue, good, fresh: Device.Channel()).since(2)
          Pointee("pointer", \.pointer, good)
          Tree("tree", \.tree, value: half, fresh: Device.Channel())
        }, "'tree[].gate'"
      ),
    ]
    for (table, name) in cases {
      #expect(forgotten(table, Lists()).hasPrefix("no row of 'half' covers \(name) of Channel"))
    }
  }

  @Test func aSampleWithoutElementsProvesNothing() {
    #expect(
      forgotten(Device.vmstate, Device.fresh)
        == "the sample holds no Channel in 'queue', so that the table 'channel' cannot be "
        + "checked: give the sample an element")
  }

  @Test func whatTwoTablesCoverTogetherIsCovered() throws {
    struct Owner { var head = Padded.Head() }
    let low = VMStateDescription<Padded.Head>("low") { Field("a", \.a) }
    let high = VMStateDescription<Padded.Head>("high") { Field("b", \.b) }
    let table = VMStateDescription<Owner>("owner") { Struct("head", \.head, low) }
      .subsection("owner/high", needed: { _ in true }) { Struct("head", \.head, high) }
    try expectCoverage(table, sample: Owner())
  }

  @Test func temporariesAndComputedRowsCoverWhatTheySay() throws {
    struct Owner {
      var a: UInt8 = 0
      var b: UInt8 = 0
    }
    let table = VMStateDescription<Owner>("owner") {
      Temporary(
        VMStateDescription<Owner>("temporary") { Field("a", \.a) }, make: { $0 },
        apply: { $1.a = $0.a }, covering: [\.a])
      Computed("b", get: { $0.b }, set: { $0.b = $1 }, covering: [\.b])
    }
    try expectCoverage(table, sample: Owner())
  }

  @Test func anExistentialPropertyIsReportedRatherThanGuessed() {
    struct Loose {
      struct Inner {
        var anything: Any = UInt8(1)
        var b: UInt8 = 0
      }
      var inner = Inner()
      var c: UInt8 = 0
    }
    let inner = VMStateDescription<Loose.Inner>("inner") { Field("b", \.b) }
    let table = VMStateDescription<Loose>("loose") {
      Struct("inner", \.inner, inner)
      Field("c", \.c)
    }
    #expect(forgotten(table, Loose()).contains("has an existential type"))
  }
}
