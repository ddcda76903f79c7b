import Testing
import VMState
import VMStateDSL

@Suite struct SchemaTests {
  @Test func showsRowsWithMemoryAndSizes() throws {
    let schema = Device.vmstate.schema
    #expect(schema.name == "device" && schema.version == 3 && schema.minimumVersion == 2)
    let isDevice = schema.stateType == Device.self
    #expect(isDevice)
    #expect(schema.fields.map(\.role).filter { $0 == .local }.count == 1)
    let first = try #require(schema.fields.first { $0.name == "first" })
    let offset = try #require(MemoryLayout<Device>.offset(of: \.first))
    // Two bytes and a truth value; the padding up to the stride is not the row's.
    #expect(first.memory == [offset..<offset + 3])
    let place = try #require(first.nested.first?.place)
    #expect(place.offset == offset && place.stride == 4 && place.count == 1)
    #expect(first.wireSize == 3)
    #expect(schema.wireSize(version: 3) == nil, "a queue has no fixed size")
    #expect(Device.Channel.vmstate.schema.wireSize(version: 2) == 3)
    #expect(Device.Channel.vmstate.schema.wireSize(version: 1) == 2)
    #expect(schema.subsections.map(\.name) == ["device/extra"])
    #expect(schema.subsections[0].isConditional)
  }
}
