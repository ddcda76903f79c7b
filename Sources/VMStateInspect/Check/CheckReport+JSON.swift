import VMState

extension CheckReport {
  /// The number of the JSON form; it changes when members change their meaning.
  static let jsonSchema = 1

  /// The report as JSON.
  public var json: JSONValue {
    .object([
      .init(key: "schema", value: .integer(Self.jsonSchema)),
      .init(key: "answer", value: .string(answer.rawValue)),
      .init(key: "qemu", value: .string(release)),
      .init(key: "blockers", value: .array(blockers.map(Self.json))),
      .init(key: "losses", value: .array(losses.map(Self.json))),
      .init(key: "untold", value: .array(untold.map(Self.json))),
      .init(key: "notes", value: .array(notes.map { .string($0) })),
    ])
  }

  private static func json(_ blocker: Blocker) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init(key: "kind", value: .string(blocker.kind.rawValue)), path(blocker.path),
      .init(key: "message", value: .string(blocker.message)),
    ]
    if let offset = blocker.offset {
      members.append(.init(key: "offset", value: .integer(offset)))
    }
    if let expected = blocker.expected {
      members.append(.init(key: "expected", value: .string(expected)))
    }
    if let found = blocker.found { members.append(.init(key: "found", value: .string(found))) }
    members += [
      .init(key: "advice", value: .string(blocker.advice)),
      .init(key: "words", value: .array(blocker.words.map { .string($0) })),
      .init(key: "aborts", value: .bool(blocker.aborts)),
    ]
    return .object(members)
  }

  private static func json(_ loss: Loss) -> JSONValue {
    .object([
      .init(key: "kind", value: .string(loss.kind.rawValue)), path(loss.path),
      .init(key: "message", value: .string(loss.message)),
      .init(key: "shown", value: .bool(loss.isShown)),
    ])
  }

  private static func json(_ untold: Untold) -> JSONValue {
    .object([
      path(untold.path), .init(key: "message", value: .string(untold.message)),
      .init(key: "supply", value: .string(untold.supply)),
    ])
  }

  private static func path(_ path: [String]) -> JSONValue.Member {
    .init(key: "path", value: .array(path.map { .string($0) }))
  }
}
