import TestSupport
import Testing
import VMState

/// Counts, lengths and nesting that a table's rows must not believe.
@Suite struct HostileFieldTests {
  struct Empty: Sendable {
    static let vmstate = VMStateDescription<Empty>("empty", fields: [])
  }

  struct Child: Sendable {
    var value: UInt8 = 0
    static let vmstate = VMStateDescription<Child>("child", fields: [.scalar("value", \.value)])
  }

  struct State {
    var small: UInt8 = 2
    var medium: UInt16 = 2
    var signed: Int32 = 2
    var unsigned: UInt32 = 2
    var wide: UInt64 = 0
    var long: Int64 = 2
    var fixed = InlineArray<4, UInt32>(repeating: 7)
    var children = InlineArray<2, Child>(repeating: Child())
    var optionals = InlineArray<2, Child?>(repeating: nil)
    var numbers: [UInt64] = [1, 2]
    var bytes: [UInt8] = [1, 2]
    var bits: [UInt64] = [3]
    var family: [Child] = [Child(), Child()]
    var pointers: [Child?] = [Child(), nil]
    var list: [Child] = [Child()]
    var empties: [Empty] = []
    var tree: [TreeNode<UInt64, Child>] = []
  }

  private func refusal(
    _ rows: [VMStateField<State>], _ body: [UInt8], limits: Limits = Limits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> VMStateError? {
    let machine = try HostileMachine(
      VMStateDescription("dev", version: 1, fields: rows), State())
    return machine.refusal(ofBody: body, limits: limits, sourceLocation: sourceLocation)
  }

  private let place = HostileMachine<State>.bodyOffset

  // MARK: - Counts beyond capacity

  @Test func refusesCountsBeyondAFixedArray() throws {
    let rows: [VMStateField<State>] = [
      .scalar("small", \.small), .scalars("fixed", \.fixed, count: \.small),
    ]
    for count in [5, 0x7F, 0x80, 0xFF] as [UInt8] {
      let error = try refusal(rows, [count] + [UInt8](repeating: 0, count: 2000))
      #expect(error?.code == .countExceedsCapacity)
      #expect(error?.path.first == "dev")
      #expect(error?.path.last?.hasPrefix("fixed") == true)
      #expect(error?.offset == place + 1)
      #expect(error?.expected == "at most 4")
      #expect(error?.found == "\(count)")
    }
  }

  @Test func refusesCountsBeyondTheDestinationsArray() throws {
    for row: VMStateField<State> in [
      .scalars("array", \.numbers, count: \.medium),
      .structures("array", \.family, Child.vmstate, count: \.medium),
      .buffer("array", \.bytes, size: \.medium),
      .bitmap("array", \.bits, bits: \.medium),
    ] {
      let error = try refusal([.scalar("medium", \.medium), row], hex("FFFF 00"))
      #expect(error?.code == .countExceedsCapacity, "\(row.name)")
      #expect(error?.path.count == 2)
      #expect(error?.offset == place + 2)
    }
  }

  @Test(arguments: [0x7FFF_FFFF, 0x4000_0000, 0x1000_0000] as [UInt32])
  func refusesToGrowByGigabytes(count: UInt32) throws {
    for row: VMStateField<State> in [
      .scalars("array", \.numbers, count: \.unsigned, growing: true),
      .structures("array", \.family, Child.vmstate, count: \.unsigned, fresh: Child()),
      .buffer("array", \.bytes, size: \.unsigned, growing: true),
      .allocatedPointers(
        "array", \.pointers, Child.vmstate, count: \.unsigned, fresh: Child()),
    ] {
      let error = try refusal([.scalar("unsigned", \.unsigned), row], be32(count) + [1, 2, 3])
      #expect(error?.code == .limitExceeded, "\(row.name)")
      #expect(error?.path.count == 2)
      #expect(error?.offset == place + 4)
    }
    let counted = try refusal([.countedBytes("array", \.bytes)], be32(count) + [1, 2, 3])
    #expect(counted?.code == .limitExceeded)
    #expect(counted?.path == ["dev", "array"])
  }

  @Test func aCountWithinTheLimitsIsBelievedOnlyAsFarAsDataComes() throws {
    // 60 MiB announced, none of it there.
    let error = try refusal([.countedBytes("array", \.bytes)], hex("03C00000 01"))
    #expect(error?.code == .endOfStream)
    #expect(error?.path == ["dev", "array"])
  }

  // MARK: - Negative lengths

  @Test(arguments: ["80000000", "FFFFFFFF"])
  func refusesNegativeLengths(text: String) throws {
    for row: VMStateField<State> in [
      .buffer("array", \.bytes, size: \.signed),
      .buffer("array", \.bytes, size: \.signed, growing: true),
      .bitmap("array", \.bits, bits: \.signed, growing: true),
    ] {
      let error = try refusal([.scalar("signed", \.signed), row], hex(text) + [1, 2, 3])
      #expect(error?.code == .valueOutOfRange)
      #expect(error?.path == ["dev", "array"])
      #expect(error?.offset == place + 4)
    }
    let bound = try refusal([.atMost("signed", \.signed)], hex(text))
    #expect(bound?.code == .valueOutOfRange)
  }

  @Test func aNegativeCountOfElementsMeansNone() throws {
    // As in QEMU: a loop up to it does not run.
    let machine = try HostileMachine(
      VMStateDescription<State>(
        "dev", version: 1,
        fields: [
          .scalar("signed", \.signed), .scalars("array", \.numbers, count: \.signed),
        ]), State())
    _ = try machine.load(
      MemoryChannel(
        HostileMachine<State>.head + HostileMachine<State>.header() + hex("FFFFFFFF")
          + HostileMachine<State>.footer + HostileMachine<State>.end))
    #expect(machine.device.state.signed == -1)
    #expect(machine.device.state.numbers == [1, 2])
  }

  // MARK: - Sizes that multiply past 2^64

  @Test(arguments: ["7FFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF", "2000000000000001"])
  func refusesSizesThatMultiplyPastTheAddressSpace(text: String) throws {
    for row: VMStateField<State> in [
      .scalars("array", \.numbers, count: \.wide),
      .scalars("array", \.numbers, count: \.wide, times: 1 << 30),
      .scalars("array", \.numbers, count: \.wide, growing: true),
      .scalars("array", \.numbers, count: \.wide, times: 1 << 30, growing: true),
      .structures("array", \.family, Child.vmstate, count: \.wide, fresh: Child()),
      .buffer("array", \.bytes, size: \.wide, times: 8, growing: true),
      .bitmap("array", \.bits, bits: \.wide),
      .bitmap("array", \.bits, bits: \.wide, growing: true),
    ] {
      let error = try refusal([.scalar("wide", \.wide), row], hex(text) + [1, 2, 3])
      #expect([.limitExceeded, .countExceedsCapacity].contains(error?.code))
      #expect(error?.path.count == 2)
      #expect(error?.offset == place + 8)
    }
  }

  // MARK: - Lists that never end

  @Test func listsThatNeverEndStopAtTheLimit() throws {
    var limits = Limits()
    limits.elements = 2000
    let rows: [VMStateField<State>] = [
      .list("list", \.list, Child.vmstate, fresh: Child(), isTailQueue: true),
      .list("list", \.list, Child.vmstate, fresh: Child(), isTailQueue: false),
      .list("list", \.empties, Empty.vmstate, fresh: Empty(), isTailQueue: true),
    ]
    for row in rows {
      let machine = try HostileMachine(
        VMStateDescription("dev", version: 1, fields: [row]), State())
      let start = HostileMachine<State>.head + HostileMachine<State>.header()
      let error = machine.refusal(of: EndlessChannel(start, then: [1]), limits: limits)
      #expect(error?.code == .limitExceeded)
      #expect(error?.path == ["dev", "list"])
      #expect(error?.found == "2001")
    }
  }

  @Test func treesHoldWhatTheyAnnounce() throws {
    let row: VMStateField<State> = .tree(
      "tree", \.tree, value: Child.vmstate, fresh: Child())
    // Two announced, one there; one announced, two there; four thousand million announced.
    let node = hex("01 0000000000000001 05")
    let few = try refusal([row], hex("00000002") + node + [0])
    #expect(few?.code == .inconsistentTree)
    #expect(few?.path == ["dev", "tree"])
    let many = try refusal([row], hex("00000001") + node + node + [0])
    #expect(many?.code == .inconsistentTree)
    var limits = Limits()
    limits.elements = 2000
    let machine = try HostileMachine(
      VMStateDescription("dev", version: 1, fields: [row]), State())
    let start = HostileMachine<State>.head + HostileMachine<State>.header() + hex("FFFFFFFF")
    let endless = machine.refusal(of: EndlessChannel(start, then: [1]), limits: limits)
    #expect(endless?.code == .limitExceeded)
    #expect(endless?.path == ["dev", "tree"])
  }

  @Test func aTreeInHostileOrderIsSortedInTime() throws {
    // 100,000 nodes from the highest key down: an insertion each would take hours.
    let count = 100_000
    var body = be32(UInt32(count))
    for key in (0..<count).reversed() { body += hex("01 00000000") + be32(UInt32(key)) + [5] }
    let machine = try HostileMachine(
      VMStateDescription<State>(
        "dev", version: 1,
        fields: [.tree("tree", \.tree, value: Child.vmstate, fresh: Child())]), State())
    _ = try machine.load(
      MemoryChannel(
        HostileMachine<State>.head + HostileMachine<State>.header() + body + [0]
          + HostileMachine<State>.footer + HostileMachine<State>.end))
    #expect(machine.device.state.tree.map(\.key) == (0..<UInt64(count)).map { $0 })
  }

  // MARK: - Null pointers

  @Test func refusesMarkersThatAreNone() throws {
    let row: VMStateField<State> = .pointers("array", \.optionals, Child.vmstate)
    let error = try refusal([row], hex("30 31"))
    #expect(error?.code == .badMarker)
    #expect(error?.path == ["dev", "array[1]"])
    #expect(error?.offset == place + 1)
  }

  // MARK: - Nesting

  @Test func subsectionsNestedAsDeepAsNamesAllowStopAtTheLimit() throws {
    // Each name extends its owner's, so 255 bytes are the end; a thousand levels cannot even
    // be named. The limit comes first.
    let deepest = 250
    func name(_ level: Int) -> String { "dev" + String(repeating: "x", count: level) }
    var table = VMStateDescription<State>(
      name(deepest), version: 1, fields: [.scalar("small", \.small)])
    for level in (0..<deepest).reversed() {
      table = VMStateDescription<State>(
        name(level), version: 1, fields: [.scalar("small", \.small)]
      ).subsection(table)
    }
    let machine = try HostileMachine(table.needed { _ in true }, State())
    let body = (0...deepest).flatMap { level -> [UInt8] in
      guard level > 0 else { return [1] }
      return hex("05") + [UInt8(3 + level)] + ascii(name(level)) + hex("00000001 01")
    }
    var limits = Limits()
    limits.depth = 64
    let error = machine.refusal(ofBody: body, limits: limits)
    #expect(error?.code == .limitExceeded)
    #expect(error?.expected == "at most 64 levels")
    #expect(error?.path.count == 65)
  }
}
