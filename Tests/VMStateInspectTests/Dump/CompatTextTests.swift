import TestSupport
import Testing
import VMState
import VMStateInspect

/// The outputs' sizes and sums come from `compat.py table` in `Tests/Tools`, a program of its
/// own that was compared with QEMU's analyzer on every one of them.
@Suite struct CompatTextTests {
  struct Expected: Sendable, CustomStringConvertible {
    let name: String
    let state: (count: Int, sum: UInt64)
    let layout: (count: Int, sum: UInt64)
    var description: String { name }

    init(_ name: String, _ state: Int, _ sum: UInt64, _ text: Int, _ textSum: UInt64) {
      self.name = name
      self.state = (state, sum)
      layout = (text, textSum)
    }
  }

  static let outputs = [
    Expected("7.2/none", 658, 0x387167f4b59d6206, 1157, 0x2a85a0851b911805),
    Expected("7.2/none-noram", 609, 0x3c3af32e37c8b009, 1157, 0x2a85a0851b911805),
    Expected("7.2/pc", 107532, 0x9c702eee36de692b, 318264, 0x705ae72a7cf06339),
    Expected("7.2/pc-rich", 1973549, 0x3bbc89d0b9ee6ec0, 515277, 0x666d5ba335e8cfa6),
    Expected("7.2/pc-kvm", 107711, 0x294bde80a9c817c0, 318992, 0x4a85180fa3d24138),
    Expected("7.2/q35", 514566, 0xb17e90bb01790167, 186407, 0x2da270f4e0808b23),
    Expected("7.2/slirp", 1302284, 0x63fb97347535726c, 333716, 0x48fc77e6ccbe2fef),
    Expected("7.2/background-snapshot", 107707, 0x4eabd7b2719548e8, 318992, 0x4a85180fa3d24138),
    Expected("7.2/rounds", 107710, 0xcbfec4b83dd38948, 318992, 0x4a85180fa3d24138),
    Expected("7.2/auto-converge", 107707, 0x64e8860a8421bff1, 318992, 0x4a85180fa3d24138),
    Expected("7.2/multifd-multifd-main", 107711, 0x3452a536ec563452, 318992, 0x4a85180fa3d24138),
    Expected(
      "7.2/multifd-zlib-multifd-main", 107701, 0xb432ff39dafe10c5, 318992, 0x4a85180fa3d24138),
    Expected("10.0/none", 749, 0x595b3ebc048f8233, 1968, 0xf8146976d9d3ece9),
    Expected("10.0/pc", 107627, 0xb3892a62e11aeaf2, 318875, 0xc2cc0539493c2ce3),
    Expected("10.0/pc-rich", 1973767, 0xcdf73932950d8a86, 515800, 0xd0e5f71a2b375ed4),
    Expected("10.0/pc-smp2", 122475, 0x8f939b9e62d596f1, 341825, 0x95658947305db110),
    Expected("10.0/pc-file", 107627, 0x3ab2aeb8e4ccfc24, 318875, 0xc2cc0539493c2ce3),
    Expected("10.0/isapc", 68758, 0x3b3d3659d1959809, 78031, 0x088be1c5ea7372b1),
    Expected("10.0/shared-ram", 107625, 0xedbf1d36584f1e80, 318875, 0xc2cc0539493c2ce3),
    Expected("10.0/ignore-shared", 107625, 0xd5798928b2b4d181, 319414, 0xab8a6e72c20dc289),
    Expected("10.0/cpr-reboot", 107625, 0xdd589a4428dd7645, 319414, 0xab8a6e72c20dc289),
    Expected(
      "10.0/multifd-legacy-zero-multifd-main", 107806, 0xfdec0d20c5b37e0b, 319603,
      0x63d4dbf8a7b6df4a),
    Expected(
      "10.0/multifd-zstd-multifd-main", 107806, 0x9f4f49a3bca454b6, 319603, 0x63d4dbf8a7b6df4a),
  ]

  /// FNV-1a over 64 bits.
  private func sum(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBufferPointer { bytes in
      var sum: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return sum
    }
  }

  @Test(arguments: outputs)
  func printsWhatTheAnalyzerPrints(expected: Expected) throws {
    let bytes = try Fixture.stream(expected.name)
    let state = MemoryTextOutput()
    try CompatText.state(MemoryChannel(bytes), to: state)
    #expect(state.bytes.count == expected.state.count)
    #expect(sum(state.bytes) == expected.state.sum)
    let text = MemoryTextOutput()
    try CompatText.description(MemoryChannel(bytes), to: text)
    #expect(text.bytes.count == expected.layout.count)
    #expect(sum(text.bytes) == expected.layout.sum)
  }

  private func state(_ stream: SyntheticStream) throws -> String {
    let output = MemoryTextOutput()
    try CompatText.state(MemoryChannel(stream.bytes), to: output)
    return output.text
  }

  @Test func hasTheAnalyzersForms() throws {
    let fields = [
      #"{"name": "minus", "type": "int32", "size": 4}"#,
      #"{"name": "le", "type": "int32 le", "size": 4}"#,
      #"{"name": "yes", "type": "bool", "size": 1}"#,
      #"{"name": "one", "array_len": 1, "type": "uint8", "size": 1}"#,
      #"{"name": "two", "array_len": 2, "type": "uint16", "size": 2}"#,
      #"{"name": "same", "index": 0, "type": "uint8", "size": 1}"#,
      #"{"name": "same", "index": 1, "type": "nullptr", "size": 1}"#,
      #"{"name": "same", "index": 2, "type": "uint8", "size": 1}"#,
      #"{"name": "none", "type": "buffer", "size": 0}"#,
      #"{"name": "q\u00e9\"", "type": "timer", "size": 8}"#,
    ].joined(separator: ", ")
    let body = hex("ffffffff 00000100 07 05 0001 8000 09 30 0a 0000000000000fff")
    let text = try state(SyntheticStream(body: body, fields: fields))
    #expect(
      text == """
        {
            "syn (5)": {
                "minus": "0xffffffff (-1)",
                "le": "0x00000100",
                "yes": true,
                "one": "0x05",
                "two": [
                    "0x0001",
                    "0x8000"
                ],
                "same": [
                    "0x09",
                    "nullptr",
                    "0x0a"
                ],
                "none": "",
                "q\\u00e9\\"": "00 00 00 00 00 00 0f ff"
            }
        }

        """, "\(text)")
  }

  @Test func showsContainersAsTheirBytes() throws {
    let text = try state(SyntheticStream.containers)
    #expect(text.contains(#""list": "01 11 01 22 00","#))
    #expect(text.contains(#""syn/x": {"#))
  }

  @Test func refusesWhatTheFormCannotShow() throws {
    func error(_ bytes: [UInt8]) -> VMStateError? {
      #expect(throws: VMStateError.self) {
        try CompatText.state(MemoryChannel(bytes), to: MemoryTextOutput())
      }
    }
    #expect(error(try Fixture.stream("7.2/no-vmdesc"))?.code == .badDescription)
    #expect(error(try Fixture.stream("10.0/dirty-bitmaps"))?.path == ["dirty-bitmap"])
    let marker = SyntheticStream(
      body: hex("31"), fields: #"{"name": "p", "type": "nullptr", "size": 1}"#)
    #expect(error(marker.bytes)?.code == .badMarker)
  }
}
