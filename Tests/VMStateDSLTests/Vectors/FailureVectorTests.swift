import Testing
import TestSupport
import VMState
import VMStateDSL

/// The failing loads that the format's reference adds to its vectors.
@Suite struct FailureVectorTests {
  struct Root: Equatable {
    var value: UInt8 = 0
    var extra: UInt8 = 0
    static let plain = VMStateDescription<Root>("root", version: 1) { Field("value", \.value) }
    static let vmstate = plain.subsection("root/y", version: 0, needed: { $0.extra != 0 }) {
      Field("extra", \.extra)
    }
  }

  @Test func leavesASubsectionWithTheOwnersBareNameInTheStream() throws {
    // 05, length 4, "root", version: not longer than the owner's name, so not its own.
    let rest = hex("05 04 726f6f74 00000001")
    var state = Root()
    #expect(try load(Root.vmstate, into: &state, [7] + rest) == rest)
    #expect(state.value == 7)
  }

  @Test func leavesASubsectionWithAForeignPrefixInTheStream() throws {
    let rest = hex("05 06 6f746865722f 00000001")
    var state = Root()
    #expect(try load(Root.vmstate, into: &state, [7] + rest) == rest)
  }

  @Test func refusesAnUnknownSubsectionOfItsOwn() {
    let error = loadError(Root.vmstate, into: Root(), [7] + hex("05 06 726f6f742f78 00000001"))
    #expect(error?.code == .unknownSubsection)
    #expect(error?.found == "root/x")
    #expect(error?.offset == 1)
  }

  @Test func keepsTheLowEightBitsOfASubsectionsVersion() throws {
    var state = Root()
    let wire = hex("07 05 06 726f6f742f79 00000100 09 00")
    #expect(try load(Root.vmstate, into: &state, wire) == [0])
    #expect(state == Root(value: 7, extra: 9))
  }

  @Test func refusesANewerSubsection() {
    let error = loadError(Root.vmstate, into: Root(), hex("07 05 06 726f6f742f79 00000001 09 00"))
    #expect(error?.code == .versionTooNew)
    #expect(error?.pathDescription == "root/y")
  }

  @Test func loadsARepeatedSubsectionTwice() throws {
    var state = Root()
    let one = hex("05 06 726f6f742f79 00000000")
    #expect(try load(Root.vmstate, into: &state, [7] + one + [1] + one + [2, 0]) == [0])
    #expect(state.extra == 2)
  }

  struct Bounded {
    var limit: Int32 = 2
    static let vmstate = VMStateDescription<Bounded>("bounded") { AtMost("limit", \.limit) }
  }

  @Test(arguments: [("00000003", "3"), ("ffffffff", "-1")])
  func refusesNumbersBeyondThePresentOne(wire: String, found: String) {
    let error = loadError(Bounded.vmstate, into: Bounded(), hex(wire))
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.expected == "0 to 2")
    #expect(error?.found == found)
  }

  @Test func storesNumbersUpToThePresentOne() throws {
    var state = Bounded()
    _ = try load(Bounded.vmstate, into: &state, hex("00000001 00"))
    #expect(state.limit == 1)
  }

  struct Fixed {
    var i32: Int32 = -5
    var u8: UInt8 = 5
    var u16: UInt16 = 5
    var u32: UInt32 = 5
    var u64: UInt64 = 5
    static let vmstate = VMStateDescription<Fixed>("fixed") {
      Equal("i32", \.i32)
      Equal("u8", \.u8, hint: "set by the board")
      Equal("u16", \.u16)
      Equal("u32", \.u32)
      Equal("u64", \.u64)
    }
  }

  @Test func refusesAnyOtherValueInAnEqualField() throws {
    let wire = try Fixed.vmstate.bytes(of: Fixed())
    #expect(wire == hex("fffffffb 05 0005 00000005 0000000000000005"))
    #expect(loadError(Fixed.vmstate, into: Fixed(), wire + [0]) == nil)
    let last = [(3, "i32"), (4, "u8"), (6, "u16"), (10, "u32"), (18, "u64")]
    for (index, name) in last {
      var changed = wire
      changed[index] ^= 1
      let error = loadError(Fixed.vmstate, into: Fixed(), changed)
      #expect(error?.code == .valueMismatch)
      #expect(error?.pathDescription == name)
    }
    let hinted = loadError(Fixed.vmstate, into: Fixed(), hex("fffffffb 06"))
    #expect(
      hinted?.description
        == "u8: the value must equal this machine's (set by the board) (at byte 4 of the stream, "
        + "expected 5, found 6)")
  }

  @Test func leavesAnEqualFieldUnchanged() {
    var state = Fixed()
    #expect(throws: VMStateError.self) {
      _ = try load(Fixed.vmstate, into: &state, hex("00000001"))
    }
    #expect(state.i32 == -5)
  }
}
