import Testing
import TestSupport
import VMState
import VMStateDSL

/// The vectors V10 and V11 of the format's reference, failing loads included.
@Suite struct TreeVectorTests {
  struct Interval: Equatable, Sendable {
    var low: UInt64 = 0
    var high: UInt64 = 0
    static let vmstate = VMStateDescription<Interval>("interval", version: 1, minimum: 1) {
      Field("low", \.low)
      Field("high", \.high)
    }
  }
  struct Mapping: Equatable, Sendable {
    var address: UInt64 = 0
    var flags: UInt32 = 0
    static let vmstate = VMStateDescription<Mapping>("mapping", version: 1, minimum: 1) {
      Field("phys_addr", \.address)
      Field("flags", \.flags)
    }
  }
  typealias Node = TreeNode<Interval, Mapping>

  struct Domain: Equatable, Sendable {
    var id: Int32 = 0
    var mappings: [Node] = []
    static let vmstate = VMStateDescription<Domain>("domain", version: 1, minimum: 1) {
      Field("id", \.id)
      Tree(
        "mappings", \.mappings, key: Interval.vmstate, value: Mapping.vmstate,
        fresh: Node(key: Interval(), value: Mapping()), precedes: { $0.high < $1.low }
      ).since(1)
    }
  }

  static let domain = Domain(
    id: 6,
    mappings: [
      Node(key: .init(low: 0x4000, high: 0x4FFF), value: .init(address: 0xE0000, flags: 2)),
      Node(key: .init(low: 0x1000, high: 0x1FFF), value: .init(address: 0xA000, flags: 1)),
    ])

  static let domainWire = hex(
    """
    00000006 00000002
    01 0000000000001000 0000000000001fff 000000000000a000 00000001
    01 0000000000004000 0000000000004fff 00000000000e0000 00000002
    00
    """)

  @Test func v10TreeTravelsInKeyOrder() throws {
    #expect(try Domain.vmstate.bytes(of: Self.domain) == Self.domainWire)
    var loaded = Domain()
    #expect(try load(Domain.vmstate, into: &loaded, Self.domainWire + [0], version: 1) == [0])
    #expect(loaded.id == 6)
    #expect(loaded.mappings == Self.domain.mappings.reversed())
  }

  @Test(arguments: [UInt8(1), 3])
  func v10RefusesACountThatIsWrong(count: UInt8) {
    var wire = Self.domainWire
    wire[7] = count
    let error = loadError(Domain.vmstate, into: Domain(), wire)
    #expect(error?.code == .inconsistentTree)
    #expect(error?.pathDescription == "mappings")
  }

  struct IOMMU: Equatable {
    var id: Int32 = 0
    var domains: [TreeNode<UInt64, Domain>] = []
    static let vmstate = VMStateDescription<IOMMU>("iommu", version: 1, minimum: 1) {
      Field("id", \.id)
      Tree("domains", \.domains, value: Domain.vmstate, fresh: Domain()).since(1)
    }
  }

  @Test func v11TreeWithANumberAsKey() throws {
    let five = Domain(
      id: 5,
      mappings: [
        Node(
          key: .init(low: 0x100_0000, high: 0x1FF_FFFF),
          value: .init(address: 0xF00_0000, flags: 3))
      ])
    let source = IOMMU(
      id: 7, domains: [TreeNode(key: 6, value: Self.domain), TreeNode(key: 5, value: five)])
    let wire =
      hex(
        """
        00000007 00000002
        01 0000000000000005 00000005 00000001
           01 0000000001000000 0000000001ffffff 000000000f000000 00000003 00
        01 0000000000000006
        """) + Self.domainWire + [0]
    #expect(try IOMMU.vmstate.bytes(of: source) == wire)
    var loaded = IOMMU()
    #expect(try load(IOMMU.vmstate, into: &loaded, wire + [0]) == [0])
    #expect(loaded.domains.map(\.key) == [5, 6])
    #expect(loaded.domains[0].value == five)
    #expect(loaded.domains[1].value.mappings == Self.domain.mappings.reversed())
  }
}
