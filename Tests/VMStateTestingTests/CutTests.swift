import Testing
import TestSupport
import VMState
import VMStateDSL
import VMStateTesting

@Suite struct CutTests {
  @Test func aCheckedTablePasses() throws {
    try expectRefusesCuts(Device.vmstate, Device.sample)
  }

  @Test func namesTheFieldThatTakesAnEndForData() {
    struct Trusting: FieldCodec {
      var typeName: String { "trusting" }
      func encode(
        _ value: UInt8, to writer: inout StreamWriter, _ context: SaveContext
      ) throws(VMStateError) { writer.put(value) }
      func decode(
        into value: inout UInt8, from reader: inout StreamReader, _ context: LoadContext
      ) throws(VMStateError) {
        value = try reader.peekByte() ?? 0
        if try reader.peekByte() != nil { reader.advance(1) }
      }
    }
    struct State {
      var a: UInt16 = 1
      var f: UInt8 = 1
    }
    let table = VMStateDescription<State>("k") {
      Field("a", \.a)
      Custom("f", \.f, Trusting())
    }
    #expect(
      sentence { () throws(TestFailure) in try expectRefusesCuts(table, State()) }
        == "'k' accepts its data cut after 2 of 3 bytes, within 'f'")
  }

  @Test func anErrorMustSayWhere() {
    struct Vague: FieldCodec {
      var typeName: String { "vague" }
      func encode(
        _ value: UInt8, to writer: inout StreamWriter, _ context: SaveContext
      ) throws(VMStateError) { writer.put(value) }
      func decode(
        into value: inout UInt8, from reader: inout StreamReader, _ context: LoadContext
      ) throws(VMStateError) {
        guard let byte = try reader.peekByte() else {
          throw VMStateError(.endOfStream, "no more", offset: 1_000_000)
        }
        value = byte
        reader.advance(1)
      }
    }
    struct State { var f: UInt8 = 1 }
    let table = VMStateDescription<State>("k") { Custom("f", \.f, Vague()) }
    #expect(
      sentence { () throws(TestFailure) in try expectRefusesCuts(table, State()) }
        .hasPrefix("'k' cut after 0 of 1 bytes is refused without a place in the data"))
  }
}
