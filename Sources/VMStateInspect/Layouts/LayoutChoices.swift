/// The properties of the machine that a stream does not tell, and what is tried for them.
///
/// A section is read with the usual values first. If its end is not where its footer is, the
/// property that was asked for last gets its next value, and the section is read again: a
/// search through the few combinations that the section really depends on.
struct LayoutChoices {
  private struct Choice {
    let name: String
    let values: [Int]
    var index = 0
  }

  private var choices: [Choice] = []
  private var asked = 0
  // Values other than the first that one combination may have, and whether that held one back.
  private var unusual = 1
  private var isBounded = false
  /// Processors of the machine, if something told.
  var processors: Int?

  /// Starts another reading.
  mutating func restart() { asked = 0 }

  /// The value of a property in this reading.
  ///
  /// - Parameter proposal: What the section itself makes likely; tried first.
  mutating func value(of name: String, proposal: Int? = nil) -> Int? {
    if let choice = choices.prefix(asked).first(where: { $0.name == name }) {
      return choice.values[choice.index]
    }
    if asked == choices.count {
      let values = candidates(name, proposal)
      guard !values.isEmpty else { return nil }
      choices.append(Choice(name: name, values: values))
    }
    guard choices[asked].name == name else { return nil }
    asked += 1
    return choices[asked - 1].values[choices[asked - 1].index]
  }

  /// Takes the next combination; false if there is none left. Combinations with fewer unusual
  /// values come first: counts can make up for each other's bytes.
  mutating func advance() -> Bool {
    choices.removeLast(choices.count - asked)
    while var choice = choices.popLast() {
      choice.index += 1
      guard choice.index < choice.values.count else { continue }
      guard choices.count(where: { $0.index > 0 }) < unusual else {
        isBounded = true
        continue
      }
      choices.append(choice)
      return true
    }
    // All that were allowed have been tried: from the start, with one more.
    guard isBounded else { return false }
    isBounded = false
    unusual += 1
    return true
  }

  private func candidates(_ name: String, _ proposal: Int?) -> [Int] {
    let first = proposal.map { [$0] } ?? []
    let usual = usualValues(name)
    return first + usual.filter { $0 != proposal }
  }

  /// By likelihood: defaults of the machine types, then the other values that are possible.
  private func usualValues(_ name: String) -> [Int] {
    switch name {
    case "cfg.acpi_bridge", "cfg.acpi_index", "cfg.smbus": [1, 0]
    case "cfg.pcie": [0, 1]
    case "cfg.msix": [0]
    case "cfg.memhp_slots": Array(0...256)
    case "cfg.cpus": (processors.map { [$0] } ?? []) + Array(1...288)
    case "cfg.ahci_ports": [6] + Array(1...5) + Array(7...32)
    case "cfg.numports": [8, 4, 2, 6] + Array(9...30)
    case "cfg.numslots": [64, 32, 16, 255]
    case "cfg.numintrs": [16, 1, 2, 4, 8, 32, 64, 128]
    case "cfg.capacity": [16]
    case "cfg.io_buffer_total_len": [131076]
    case "cfg.multiqueue": [0, 1]
    default: []
    }
  }
}
