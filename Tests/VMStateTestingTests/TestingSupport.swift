import Testing
import TestSupport
import VMState
import VMStateDSL
import VMStateTesting

/// A device with a bit of everything that a table can hold.
struct Device: Equatable {
  struct Channel: Equatable, Sendable {
    var count: UInt16 = 0
    var gate = false
    static let vmstate = VMStateDescription<Channel>("channel", version: 2, minimum: 1) {
      Field("count", \.count)
      Field("gate", \.gate).since(2)
    }
  }

  var control: UInt32 = 0
  var first = Channel()
  var second: Channel?
  var queue: [Channel] = []
  var length: UInt8 = 0
  var data: [UInt8] = []
  var extra: UInt8 = 0
  var line = false

  static let vmstate = VMStateDescription<Device>("device", version: 3, minimum: 2) {
    Field("control", \.control)
    Struct("first", \.first, Channel.vmstate)
    Pointee("second", \.second, Channel.vmstate).since(3)
    Queue("queue", \.queue, Channel.vmstate, fresh: Channel()).since(2)
    Field("length", \.length)
    Buffer("data", \.data, size: \.length, growing: true)
    Local(\.line)
  }
  .subsection("device/extra", version: 1, needed: { $0.extra != 0 }) { Field("extra", \.extra) }

  static let sample = Device(
    control: 0x8000_0001, first: Channel(count: 1, gate: true), second: Channel(count: 2),
    queue: [Channel(count: 3, gate: true)], length: 2, data: [7, 8], extra: 9)

  static let fresh = Device(second: Channel())

  static let bytes = hex(
    """
    80000001  0001 01  0002 00  01 0003 01 00  02 0708
    05 0c 6465766963652f6578747261 00000001 09
    """)
}

/// The sentence of a check that must fail.
func sentence(
  sourceLocation: SourceLocation = #_sourceLocation, _ check: () throws(TestFailure) -> Void
) -> String {
  do throws(TestFailure) {
    try check()
    Issue.record("the check passes", sourceLocation: sourceLocation)
    return ""
  } catch {
    return "\(error)"
  }
}
