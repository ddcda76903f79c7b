import TestSupport
import Testing

@testable import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// State of every shape that changes the length of a section; no hook puts presets.
struct RewindState: Equatable {
  var counter: UInt32 = 0
  var ports = InlineArray<40, UInt16>(repeating: 0)
  var fifoCount: UInt32 = 0
  var fifo: [UInt8] = []
  var extra: UInt16 = 0
  var deeper: UInt64 = 0
  var other: UInt8 = 7

  static func == (one: Self, other: Self) -> Bool {
    one.counter == other.counter && one.fifo == other.fifo && one.extra == other.extra
      && one.deeper == other.deeper && one.other == other.other
      && one.ports.indices.allSatisfy { one.ports[$0] == other.ports[$0] }
  }

  static let vmstate = VMStateDescription<RewindState>(
    "rewound", version: 2, minimum: 1,
    fields: [
      .scalar("counter", \.counter), .scalars("ports", \.ports),
      .scalar("fifo_count", \.fifoCount),
      .scalars("fifo", \.fifo, count: \.fifoCount, growing: true),
    ]
  )
  .subsection(
    VMStateDescription(
      "rewound/extra", version: 1, minimum: 1, fields: [.scalar("extra", \.extra)]
    )
    .needed { $0.extra & 1 != 0 }
    .subsection(
      VMStateDescription(
        "rewound/extra/deeper", version: 1, minimum: 1, fields: [.scalar("deeper", \.deeper)]
      )
      .needed { $0.deeper & 1 != 0 })
  )
  .subsection(
    VMStateDescription(
      "rewound/other", version: 1, minimum: 1, fields: [.scalar("other", \.other)]
    )
    .needed { $0.other != 7 })

  mutating func change(_ random: inout SeededGenerator) {
    counter &+= 1
    switch random.next() % 8 {
    case 0:
      fifo = (0..<Int.random(in: 0...300, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
      fifoCount = UInt32(fifo.count)
    case 1: extra = UInt16(truncatingIfNeeded: random.next())
    case 2: deeper = random.next()
    case 3: other = Bool.random(using: &random) ? 7 : UInt8(truncatingIfNeeded: random.next())
    case 4: ports[Int.random(in: 0..<40, using: &random)] = UInt16(truncatingIfNeeded: counter)
    default: break
    }
  }
}

final class RewoundDevice: VMStateDevice {
  var state = RewindState()
}

/// A machine with a rewind buffer.
final class RewindRig {
  let list: RAMBlockList
  let registry = SaveStateRegistry()
  let machine: TestMachine
  let devices = [RewoundDevice(), RewoundDevice()]
  let bytes = ByteDevice("bytes", [1, 2, 3])
  let whole = CountdownHandlers("whole", rounds: 0)
  let buffer: RewindBuffer

  init(
    _ blocks: [RAMBlock], byteLimit: UInt64 = 1 << 20, runState: RunState = .running,
    tracking: any DirtyTracking = SoftwareDirtyTracking(),
    change: (inout RewindOptions) -> Void = { _ in }
  ) throws {
    list = RAMBlockList()
    for block in blocks { try list.add(block) }
    machine = TestMachine(runState)
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: RAMHandlers(list))
    for device in devices { try registry.register(device, RewindState.vmstate) }
    try registry.register(body: bytes)
    whole.phases = .wholeState
    try registry.registerLive("whole", version: 1, handlers: whole)
    var options = RewindOptions(byteLimit: byteLimit)
    change(&options)
    buffer = try RewindBuffer(
      registry: registry, blocks: list, machine: machine, tracking: tracking, options: options)
  }

  /// Everything that a frame has, as plain copies.
  struct Copy: Equatable {
    var memory: [[UInt8]]
    var states: [RewindState]
    var bytes: [UInt8]

    static func == (one: Self, other: Self) -> Bool {
      one.bytes == other.bytes && one.states == other.states
        && one.memory.count == other.memory.count
        && zip(one.memory, other.memory).allSatisfy { areEqual($0, $1) }
    }

    // Much faster than `==` of arrays where tests are not optimized.
    private static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
      one.count == other.count && memcmp(one, other, one.count) == 0
    }
  }

  var copy: Copy {
    Copy(memory: list.blocks.map(\.content), states: devices.map(\.state), bytes: bytes.bytes)
  }
}
