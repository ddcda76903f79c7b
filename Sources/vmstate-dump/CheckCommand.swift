import VMState
import VMStateInspect

/// `vmstate-dump check FILE --against TARGET`.
struct CheckCommand {
  private var source: String?
  private var targets: [String] = []
  private var options = CheckOptions()
  private var isJSON = false

  /// Runs the command.
  static func run(_ arguments: [String]) -> ExitCode {
    var command = CheckCommand()
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard command.take(word, &rest) else {
        complain("'\(word)' is not understood; see vmstate-dump --help")
        return .usage
      }
    }
    return command.run()
  }

  private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) -> Bool {
    guard word.hasPrefix("--") else {
      guard source == nil else { return false }
      source = word
      return true
    }
    guard let value = rest.popFirst() else { return false }
    switch word {
    case "--against": targets.append(value)
    case "--qemu":
      options.release = QEMURelease(value)
      return options.release != nil
    case "--machine": options.machine = value
    case "--uuid": options.uuid = value
    case "--section": options.sections.append(value)
    case "--ram": return takeSize(value)
    case "--capability": takeCapability(value)
    case "--format":
      isJSON = value == "json"
      return value == "json" || value == "text"
    default: return false
    }
    return true
  }

  private mutating func takeSize(_ value: String) -> Bool {
    guard let equals = value.lastIndex(of: "="),
      let size = UInt64(value[value.index(after: equals)...])
    else { return false }
    options.ramSizes[String(value[..<equals])] = size
    return true
  }

  private mutating func takeCapability(_ value: String) {
    let parts = value.split(separator: "=", maxSplits: 1)
    options.capabilities[String(parts.first ?? "")] = parts.count < 2 || parts[1] != "off"
  }

  private func run() -> ExitCode {
    guard let source, !targets.isEmpty else {
      complain("check needs a file and --against TARGET")
      return .usage
    }
    do throws(VMStateError) {
      let stream = try CheckSource(try FileChannel(reading: source))
      var target = CheckTarget(options: options)
      for path in targets { try target.add(path, layouts: stream.description) }
      let report = try Checker.check(stream, against: target)
      if isJSON {
        print(report.json.jsonText)
      } else {
        for line in report.lines(source: source, target: targets.joined(separator: ", ")) {
          print(line)
        }
      }
      return report.answer == .loads ? .good : .different
    } catch {
      complain("\(error)")
      return error.code == .channelFailed ? .noInput : .badData
    }
  }
}

extension CheckTarget {
  /// Adds what a file tells: a stream, or a `-dump-vmstate` file.
  mutating func add(_ path: String, layouts: StreamDescription?) throws(VMStateError) {
    let channel = try FileChannel(reading: path)
    var reader = StreamReader(channel)
    if try reader.peekByte() == UInt8(ascii: "{") {
      let size = Int(clamping: channel.size ?? 0)
      classes = try SchemaDocument(parsingClasses: try reader.getBytes(size, limit: 64 << 20))
    } else {
      stream = StreamFacts(try FileChannel(reading: path), layouts: layouts)
    }
  }
}
