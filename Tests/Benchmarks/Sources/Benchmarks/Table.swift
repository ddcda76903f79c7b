/// A plain text table, first column to the left, the others to the right.
struct Table {
  let head: [String]
  var rows: [[String]] = []

  init(_ head: String...) { self.head = head }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The table as Markdown, which also reads well on a terminal.
  var text: String {
    let all = [head] + rows
    let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = widths.enumerated().map { column, width in
      column == 0
        ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    return ([line(head), "| " + rule.joined(separator: " | ") + " |"] + rows.map(line))
      .joined(separator: "\n")
  }
}

/// A number with a fixed number of digits after the point.
func decimal(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = Int((value * scale).rounded())
  guard digits > 0 else { return "\(whole)" }
  let fraction = String(whole.magnitude % UInt(scale))
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return "\(whole < 0 ? "-" : "")\(whole.magnitude / UInt(scale)).\(zeros)\(fraction)"
}

func times(_ value: Double) -> String { decimal(value, 2) + "x" }
