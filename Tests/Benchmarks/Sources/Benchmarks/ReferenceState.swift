import VMState
import VMStateDSL

/// A nested structure of the reference state.
struct Channel: Codable {
  var count: UInt32 = 0
  var latch: UInt16 = 0
  var mode: UInt8 = 0
  var gate: UInt8 = 0
  var next: UInt64 = 0

  static let vmstate = VMStateDescription<Channel>("bench channel", version: 1, minimum: 1) {
    Field("count", \.count)
    Field("latch", \.latch)
    Field("mode", \.mode)
    Field("gate", \.gate)
    Field("next", \.next)
  }
}

/// The state of `bl_state` on the C side: forty mixed scalars, an array, nested structures, a
/// buffer, a subsection.
struct ReferenceState {
  var b0: UInt8 = 0, h0: UInt16 = 0, w0: UInt32 = 0, q0: UInt64 = 0
  var b1: UInt8 = 0, h1: UInt16 = 0, w1: UInt32 = 0, q1: UInt64 = 0
  var b2: UInt8 = 0, h2: UInt16 = 0, w2: UInt32 = 0, q2: UInt64 = 0
  var b3: UInt8 = 0, h3: UInt16 = 0, w3: UInt32 = 0, q3: UInt64 = 0
  var b4: UInt8 = 0, h4: UInt16 = 0, w4: UInt32 = 0, q4: UInt64 = 0
  var b5: UInt8 = 0, h5: UInt16 = 0, w5: UInt32 = 0, q5: UInt64 = 0
  var b6: UInt8 = 0, h6: UInt16 = 0, w6: UInt32 = 0, q6: UInt64 = 0
  var b7: UInt8 = 0, h7: UInt16 = 0, w7: UInt32 = 0, q7: UInt64 = 0
  var b8: UInt8 = 0, h8: UInt16 = 0, w8: UInt32 = 0, q8: UInt64 = 0
  var b9: UInt8 = 0, h9: UInt16 = 0, w9: UInt32 = 0, q9: UInt64 = 0
  var table = InlineArray<256, UInt32>(repeating: 0)
  var channels = InlineArray<16, Channel>(repeating: Channel())
  var buffer = [UInt8](repeating: 0, count: 4096)
  var extra: UInt64 = 0
}

/// A device as its author writes it.
final class ReferenceDevice: VMStateDevice {
  var state = ReferenceState()
}

extension ReferenceState {
  static let vmstate = VMStateDescription<ReferenceState>("bench", version: 1, minimum: 1) {
    scalars
    Field("table", \.table)
    Structs("channels", \.channels, Channel.vmstate)
    Buffer("buffer", \.buffer, count: 4096)
  }
  .subsection(
    VMStateDescription("bench/extra", version: 1, minimum: 1) { Field("extra", \.extra) }
      .needed { $0.extra != 0 })

  @FieldBuilder<ReferenceState> private static var scalars: [VMStateField<ReferenceState>] {
    group(0, \.b0, \.h0, \.w0, \.q0)
    group(1, \.b1, \.h1, \.w1, \.q1)
    group(2, \.b2, \.h2, \.w2, \.q2)
    group(3, \.b3, \.h3, \.w3, \.q3)
    group(4, \.b4, \.h4, \.w4, \.q4)
    group(5, \.b5, \.h5, \.w5, \.q5)
    group(6, \.b6, \.h6, \.w6, \.q6)
    group(7, \.b7, \.h7, \.w7, \.q7)
    group(8, \.b8, \.h8, \.w8, \.q8)
    group(9, \.b9, \.h9, \.w9, \.q9)
  }

  private typealias Path<Value> = WritableKeyPath<ReferenceState, Value>

  @FieldBuilder<ReferenceState> private static func group(
    _ number: Int, _ byte: Path<UInt8>, _ half: Path<UInt16>, _ word: Path<UInt32>,
    _ quad: Path<UInt64>
  ) -> [VMStateField<ReferenceState>] {
    Field("b\(number)", byte)
    Field("h\(number)", half)
    Field("w\(number)", word)
    Field("q\(number)", quad)
  }
}
