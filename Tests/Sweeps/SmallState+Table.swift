import VMState

extension SmallState {
  /// The tables differ in the one row that only QEMU 11.x has, and in what the hooks do.
  ///
  /// - Parameter hooks: Run by the hooks, so that a sweep can make them fail.
  static func table(
    _ name: String, _ profile: StreamProfile, hook: @escaping @Sendable (String) throws -> Void
  ) -> VMStateDescription<SmallState> {
    let rows = scalarRows + arrayRows + containerRows + otherRows
    return VMStateDescription(
      name, version: 3, minimum: 2,
      fields: rows + (profile.pointerMarkers ? markerRows : [])
    )
    .preLoad { _, _ in try hook("\(name) pre-load") }
    .postLoad { state, _ in
      try hook("\(name) post-load")
      state.wide &+= 0
    }
    .subsection(
      VMStateDescription(
        "\(name)/extra", version: 1, minimum: 1, fields: [.scalar("extra", \.extra)]
      )
      .needed { $0.extra != 0 }
      .postLoad { _, _ in try hook("\(name)/extra post-load") }
      .subsection(
        VMStateDescription(
          "\(name)/extra/deeper", version: 1, minimum: 1, fields: [.scalar("deeper", \.deeper)]
        )
        .needed { $0.deeper != 0 }
        .postLoad { _, _ in try hook("\(name)/extra/deeper post-load") }))
  }

  private static var scalarRows: [VMStateField<SmallState>] {
    [
      .equal("identity", \.identity),
      .scalar("byte", \.byte),
      .scalar("signed", \.signed),
      .scalar("word", \.word),
      .scalar("wide", \.wide).since(3),
      .scalar("truth", \.truth),
      .scalar("real", \.real),
      .scalar("timer", \.timer),
      .atMost("at_most", \.atMost),
      .enumeration("mode", \.mode),
      .computed(
        "doubled", get: { UInt32($0.doubled) * 2 },
        set: { $0.doubled = UInt16(truncatingIfNeeded: $1 / 2) }),
      .pointee("optional", \.optional),
    ]
  }

  private static var arrayRows: [VMStateField<SmallState>] {
    [
      .scalars("fixed", \.fixed),
      .scalars("grid", \.grid),
      .scalars("pair", tuple: \.pair, of: UInt32.self),
      .scalar("capacity_count", \.capacityCount),
      .scalars("capacity", \.capacity, count: \.capacityCount),
      .scalar("grown_count", \.grownCount),
      .scalars("grown", \.grown, count: \.grownCount, growing: true),
      .buffer("buffer", \.buffer),
      .scalar("bytes_count", \.bytesCount),
      .buffer("bytes", \.bytes, size: \.bytesCount, growing: true),
      .countedBytes("counted", \.counted),
      .scalar("bit_count", \.bitCount),
      .bitmap("bits", \.bits, bits: \.bitCount, growing: true),
      .unused(3),
      .scalar("unused_count", \.unusedCount),
      .unused(2, count: \.unusedCount, name: "unused_array"),
      .pointers("pointers", \.pointers),
    ]
  }

  private static var containerRows: [VMStateField<SmallState>] {
    [
      .structure("child", \.child, SmallChild.vmstate),
      .structure("old_child", \.child, SmallChild.vmstate, version: 1),
      .structures("children", \.children, SmallChild.vmstate),
      .scalar("family_count", \.familyCount),
      .structures(
        "family", \.family, SmallChild.vmstate, count: \.familyCount, fresh: SmallChild()),
      .pointee("behind", \.behind, SmallChild.vmstate),
      .pointers("child_pointers", \.childPointers, SmallChild.vmstate),
      .list("queue", \.queue, SmallChild.vmstate, fresh: SmallChild(), isTailQueue: true)
        .since(2),
      .list("list", \.list, SmallChild.vmstate, fresh: SmallChild(), isTailQueue: false)
        .since(2),
      .tree("numbered", \.numbered, value: SmallChild.vmstate, fresh: SmallChild()).since(2),
      .tree(
        "keyed", \.keyed, key: SmallChild.vmstate, value: SmallChild.vmstate,
        fresh: TreeNode(key: SmallChild(), value: SmallChild()),
        precedes: { $0.number < $1.number }
      ).since(2),
    ]
  }

  private static var markerRows: [VMStateField<SmallState>] {
    [
      .scalar("allocated_count", \.allocatedCount),
      .allocatedPointers(
        "allocated", \.allocated, SmallChild.vmstate, count: \.allocatedCount,
        fresh: SmallChild()),
    ]
  }

  private static var otherRows: [VMStateField<SmallState>] {
    [
      .temporary(
        VMStateDescription<SmallChild>("tmp", fields: [.scalar("number", \.number)]),
        make: { SmallChild(number: $0.temporary) }, apply: { $1.temporary = $0.number }),
      .custom("reversed", \.reversed, ReversedCodec()),
      .scalar("only_when_set", \.byte).when { state, _ in state.truth },
      .validate("bytes are few") { state, _ in state.bytesCount < 1 << 20 },
    ]
  }
}
