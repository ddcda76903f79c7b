import VMState

extension StreamSummary {
  /// The summary as JSON; `schema` tells its form.
  public func json(file: String) -> JSONValue {
    let known: [(String, JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("summary")), ("file", .string(file)),
      ("container", .string(container)), ("form", form.map(JSONValue.string) ?? .null),
      ("machine", (configuration?.machineTypeText).map(JSONValue.string) ?? .null),
      ("capabilities", .array((configuration?.orderedCapabilities ?? []).map(JSONValue.string))),
      ("uuid", (configuration?.uuid).map { .string("\($0)") } ?? .null),
      ("qemu", originJSON), ("cpus", .integer(cpuCount)), ("page_size", .integer(pageSize)),
      ("run_state", runState.map(JSONValue.string) ?? .null), ("complete", .bool(isComplete)),
      ("length", .integer(length)), ("trailing_bytes", .integer(trailingBytes)),
      ("unread_bytes", .integer(unreadBytes)), ("undescribed_bytes", .integer(opaqueBytes)),
      ("description", descriptionJSON), ("memory", memoryJSON),
      ("channels", .array(channels.map(\.json))), ("cpr", cpr?.json ?? .null),
      ("iterations", .array(iterations.map(\.json))),
      ("sections", .array(sections.map(\.json))), ("commands", .array(commands.map(\.json))),
      ("problems", .array(problems.map(\.json))), ("remarks", .array(remarks.map(\.json))),
      ("hints", .array(hints.map(\.json))),
    ]
    return .object(known)
  }

  private var originJSON: JSONValue {
    .object([
      ("oldest", (origin.oldest?.text).map(JSONValue.string) ?? .null),
      ("before", (origin.before?.text).map(JSONValue.string) ?? .null),
    ])
  }

  private var descriptionJSON: JSONValue {
    guard let range = descriptionRange else { return .null }
    return .object([("offset", .integer(range.lowerBound)), ("length", .integer(range.count))])
  }

  private var memoryJSON: JSONValue {
    .object([
      ("bytes", .integer(memoryBytes)), ("option", memoryOption.map(JSONValue.string) ?? .null),
      ("mapped", .bool(isMapped)), ("multifd_flushes", .integer(multifdFlushes)),
      ("counts_repeats", .bool(countsRepeats)), ("pages", pages.json),
      ("blocks", .array(blocks.map(\.json))),
    ])
  }
}

extension JSONValue {
  /// An object of members in this order.
  static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(members.map { Member(key: $0.0, value: $0.1) })
  }
}

extension PageTally {
  var json: JSONValue {
    .object([
      ("normal", .integer(normal)), ("zero", .integer(zero)), ("xbzrle", .integer(xbzrle)),
      ("compressed", .integer(compressed)), ("repeated", .integer(repeated)),
    ])
  }
}

extension StreamSummary.Block {
  var json: JSONValue {
    .object([
      ("name", .string(idstr)), ("length", .integer(length)),
      ("region_offset", regionOffset.map { .integer($0) } ?? .null),
      ("present", .integer(pagesPresent)), ("pages", pages.json),
    ])
  }
}

extension StreamSummary.Channel {
  var json: JSONValue {
    .object([
      ("number", .integer(number)), ("packets", .integer(packets)), ("length", .integer(length)),
      ("pages", pages.json),
    ])
  }
}

extension StreamSummary.Iteration {
  var json: JSONValue {
    .object([
      ("kind", .string(SectionsText.name(kind))), ("offset", .integer(offset)),
      ("length", .integer(length)), ("pages", pages.json),
    ])
  }
}

extension StreamSummary.Section {
  var json: JSONValue {
    .object([
      ("name", .string(idstr)), ("instance", .integer(instance)), ("version", .integer(version)),
      ("live", .bool(kind != .full)), ("count", .integer(count)), ("length", .integer(length)),
      ("undescribed_bytes", .integer(opaqueBytes)),
    ])
  }
}

extension StreamSummary.Command {
  var json: JSONValue {
    .object([
      ("number", .integer(number)), ("name", .string(name)), ("count", .integer(count)),
    ])
  }
}

extension StreamSummary.Remark {
  var json: JSONValue {
    var members: [(String, JSONValue)] = [("code", .string(code)), ("text", .string(text))]
    if let section { members.append(("section", .string(section))) }
    return .object(members)
  }
}

extension StreamSummary.Problem {
  var json: JSONValue {
    .object([
      ("code", .string(error.code.name)), ("text", .string("\(error)")),
      ("path", .array(error.path.map(JSONValue.string))),
      ("offset", error.offset.map { .integer($0) } ?? .null),
      ("expected", error.expected.map(JSONValue.string) ?? .null),
      ("found", error.found.map(JSONValue.string) ?? .null),
      ("resumes", resumes.map { .integer($0) } ?? .null),
    ])
  }
}

extension CPRState {
  fileprivate var json: JSONValue {
    let descriptors = descriptors.map { entry in
      JSONValue.object([
        ("name", .string(String(decoding: entry.name, as: UTF8.self))), ("id", .integer(entry.id)),
        ("number", mode == .exec ? .integer(entry.value) : .null),
      ])
    }
    let devices = (devices ?? []).map { entry in
      JSONValue.object([
        ("name", .string(String(decoding: entry.name, as: UTF8.self))),
        ("device", .integer(entry.device)), ("address_space", .integer(entry.addressSpace)),
        ("page_table", .integer(entry.pageTable)),
      ])
    }
    return .object([
      ("mode", .string(modeName)), ("descriptors", .array(descriptors)),
      ("devices", .array(devices)),
    ])
  }
}
