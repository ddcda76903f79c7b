import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct FieldTreeTests {
  static let names = ["7.2/pc-rich", "10.0/pc-rich", "7.2/q35", "10.0/isapc", "7.2/none"]

  /// Every leaf's bytes stand in the stream where the tree says, and nothing is left out but
  /// the heads of subsections.
  @Test(arguments: names)
  func leavesLieWhereTheTreeSays(name: String) throws {
    let bytes = try Fixture.stream(name)
    var sections = 0
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements {
      guard let table = section.table, let state = section.state else { continue }
      let body = DescribedBodyPiece(table: table, state: state, origin: .stream)
      var next = Int(section.bodyOffset)
      try FieldTree.visit(body, section: section.idstr, at: section.bodyOffset) {
        entry throws(VMStateError) in
        #expect(entry.path.hasPrefix(section.idstr + "/"))
        #expect(Int(entry.offset) == next, "\(entry.path)")
        if let leaf = entry.leaf {
          #expect(Array(bytes[next..<next + entry.length]) == leaf.bytes, "\(entry.path)")
          next += entry.length
        } else if case .subsection = entry.content {
          #expect(bytes[next] == 5)
          next += 6 + entry.name.utf8.count
        }
        return true
      }
      #expect(next == Int(section.bodyOffset + section.bodyLength))
      sections += 1
    }
    #expect(sections > 1)
  }

  private func entries() throws -> [FieldEntry] {
    let stream = StreamWalk.collect(MemoryChannel(SyntheticStream.containers.bytes))
    guard case .section(let section) = try #require(stream.elements.first) else { return [] }
    let body = DescribedBodyPiece(
      table: try #require(section.table), state: try #require(section.state), origin: .stream)
    return try FieldTree.entries(body, section: "syn", at: section.bodyOffset)
  }

  @Test func goesIntoListsAndTrees() throws {
    let start = UInt64(SyntheticStream.containers.bodyOffset)
    let lines = try entries().map { "\($0.offset - start) \($0.length) \($0.path)" }
    #expect(
      lines == [
        "0 5 syn/list", "1 1 syn/list[0]", "1 1 syn/list[0]/v", "3 1 syn/list[1]",
        "3 1 syn/list[1]/v", "5 16 syn/tree", "10 8 syn/tree[0]/key", "18 2 syn/tree[0]/value",
        "18 2 syn/tree[0]/value/w", "21 9 syn/keyed", "26 1 syn/keyed[0]/key",
        "26 1 syn/keyed[0]/key/c", "27 2 syn/keyed[0]/value", "27 2 syn/keyed[0]/value/w",
        "30 8 syn/nan", "38 8 syn/number", "46 1 syn/odd", "47 13 syn/syn/x", "58 2 syn/syn/x/b",
      ])
  }

  @Test func readsEveryKindOfLeaf() throws {
    func value(_ path: String) throws -> Leaf.Value? {
      try entries().first { $0.path == path }?.leaf?[0]
    }
    #expect(try value("syn/tree[0]/key") == .unsigned(0xab))
    #expect(try value("syn/number") == .float((1.5).bitPattern))
    #expect(try value("syn/odd") == .unsigned(2))
    #expect(try value("syn/syn/x/b") == .bytes([0xaa, 0xbb]))
    let signed = Leaf(kind: .signed, size: 2, count: 2, bytes: hex("fffe 0001"))
    #expect(signed[0] == .signed(-2) && signed[1] == .signed(1))
    #expect(signed[2] == .bytes([]))
  }

  /// QEMU writes the bytes of one element as a structure's size; patches keep to it.
  @Test(arguments: names)
  func structuresHaveTheSizeThatTheDescriptionSays(name: String) throws {
    let bytes = try Fixture.stream(name)
    var structures = 0
    func check(_ table: DescribedTable, _ state: DescribedState) {
      for (field, value) in zip(table.fields, state.fields) {
        guard case .structure(let inner) = field.content, case .structures(let states) = value
        else { continue }
        for state in states {
          let body = DescribedBodyPiece(table: inner, state: state, origin: .stream)
          #expect(FieldTree.length(of: body) == field.size, "\(field.name)")
          check(inner, state)
          structures += 1
        }
      }
    }
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements {
      if let table = section.table, let state = section.state { check(table, state) }
    }
    #expect(structures > 0 || name == "7.2/none")
  }
}
