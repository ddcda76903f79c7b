import VMState

extension SnapshotsText {
  /// The number of the JSON form; grows when a member changes its meaning.
  public static let schema = 1

  /// All snapshots as one object: `schema` and `snapshots`.
  public static func json(_ rows: [Row]) -> JSONValue {
    .object([
      member("schema", .integer(schema)), member("snapshots", .array(rows.map(object))),
    ])
  }

  private static func object(_ row: Row) -> JSONValue {
    let snapshot = row.snapshot
    var members = [
      member("id", .string(snapshot.id)), member("name", .string(snapshot.name)),
      member("vm_state_bytes", .integer(snapshot.stateSize)),
      member("disk_bytes", .integer(snapshot.diskSize)),
      member("date", .string(UTCTime(seconds: snapshot.seconds).text)),
      member("seconds", .integer(snapshot.seconds)),
      member("nanoseconds", .integer(snapshot.nanoseconds)),
      member("guest_clock_ns", .integer(snapshot.guestClock)),
      member("icount", snapshot.instructions.map(JSONValue.integer) ?? .null),
      member("content", row.content.map { .string($0.rawValue) } ?? .null),
      member("machine", row.machineType.map(JSONValue.string) ?? .null),
    ]
    if let error = row.error { members.append(member("error", .string("\(error)"))) }
    return .object(members)
  }

  private static func member(_ key: String, _ value: JSONValue) -> JSONValue.Member {
    JSONValue.Member(key: key, value: value)
  }
}
