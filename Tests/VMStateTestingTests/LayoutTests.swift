import Testing
import TestSupport
import VMState
import VMStateDSL
import VMStateTesting

@Suite struct LayoutTests {
  static let recorded = """
    device version 3, from 2
      control: uint32, 4 bytes
      first: struct, 3 bytes
        element channel version 2, from 1
          count: uint16, 2 bytes
          gate: bool, 1 byte, since 2
      second: struct, 3 bytes, pointer, since 3
        element channel version 2, from 1
          count: uint16, 2 bytes
          gate: bool, 1 byte, since 2
      queue: qtailq, since 2
        element channel version 2, from 1
          count: uint16, 2 bytes
          gate: bool, 1 byte, since 2
      length: uint8, 1 byte
      data: buffer
      subsection device/extra version 1, from 0, conditional
        extra: uint8, 1 byte

    """

  @Test func aTablesTextIsItsLayout() throws {
    #expect(layoutText(of: Device.vmstate) == Self.recorded)
    try expectLayout(Device.vmstate, Self.recorded)
  }

  struct Many {
    var count: UInt8 = 0
    var words: InlineArray<4, UInt16> = [0, 0, 0, 0]
    var list: [Device.Channel] = []
    var pointers: InlineArray<2, Device.Channel?> = [nil, nil]
    var made: [Device.Channel?] = []
    var old = Device.Channel()
    var tree: [TreeNode<UInt64, Device.Channel>] = []
  }

  @Test func countsPointersVersionsAndTestsAreInIt() {
    typealias Channel = Device.Channel
    let table = VMStateDescription<Many>("many", version: 1) {
      Field("words", \.words, range: 1..<3)
      Counted("list", \.list, Channel.vmstate, count: \.count)
      Pointers("pointers", \.pointers, Channel.vmstate)
      Pointers("made", \.made, Channel.vmstate, count: \.count, fresh: Channel())
      Struct("old", \.old, Channel.vmstate, version: 1).when { _, _ in true }
      Tree("tree", \.tree, value: Channel.vmstate, fresh: Channel()).since(1)
      Validate("good") { _, _ in true }
      Unused(3)
    }
    let channel = """
      channel version 2, from 1
            count: uint16, 2 bytes
            gate: bool, 1 byte, since 2
      """
    #expect(
      layoutText(of: table) == """
        many version 1, from 0
          words: 2 x uint16, 2 bytes
          list: counted x struct, 3 bytes
            element \(channel)
          pointers: 2 x struct, 3 bytes, null-marked
            element \(channel)
          made: counted x struct, 3 bytes, marked
            element \(channel)
          old: vstruct version 1, 2 bytes, conditional
            element \(channel)
          tree: gtree, since 1
            value \(channel)
          check good
          unused: unused_buffer, 3 bytes

        """)
  }

  @Test func showsTheFirstLineThatDiffers() {
    let other = Self.recorded.replacing("length: uint8, 1 byte", with: "length: uint16, 2 bytes")
    #expect(
      sentence { () throws(TestFailure) in try expectLayout(Device.vmstate, other) }
        == """
        the layout of 'device' is not the recorded one: line 15, expected \
        "  length: uint16, 2 bytes", found "  length: uint8, 1 byte"
        """)
    #expect(
      sentence { () throws(TestFailure) in
        try expectLayout(Device.vmstate, Self.recorded + "  more: uint8, 1 byte\n")
      }.hasSuffix(#"expected "  more: uint8, 1 byte", found "the end""#))
  }

  @Test func aHookChangesNoLayout() {
    let hooked = Device.vmstate.postLoad { _, _ in }.preSave { _, _ in }
    #expect(layoutText(of: hooked) == Self.recorded)
  }
}
