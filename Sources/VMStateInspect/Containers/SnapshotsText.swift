import VMState

/// The snapshots of a qcow2 image, as text and as JSON.
public enum SnapshotsText {
  /// A snapshot with what its VM state begins with.
  public struct Row: Sendable {
    /// The entry of the table.
    public var snapshot: QCOW2Snapshot
    /// What is inside; nil for a snapshot of the disk alone.
    public var content: OpenedState.Content?
    /// The machine type, if the stream names it.
    public var machineType: String?
    /// Why the VM state cannot be read.
    public var error: VMStateError?
  }

  /// Looks at every snapshot of an image.
  public static func rows(_ image: QCOW2Image) -> [Row] {
    image.table.snapshots.map { snapshot in
      var row = Row(snapshot: snapshot)
      guard snapshot.stateSize > 0 else { return row }
      do throws(VMStateError) {
        try look(image, &row)
      } catch {
        row.error = error
      }
      return row
    }
  }

  private static func look(_ image: QCOW2Image, _ row: inout Row) throws(VMStateError) {
    let channel = try image.state(of: row.snapshot)
    let state = try StateFile.open(channel, name: row.snapshot.name)
    row.content = state.content
    guard state.content == .stream || state.content == .mappedRAM else { return }
    var reader = StreamReader(state.channel)
    try reader.skip(8)
    guard try reader.peekByte() == SectionKind.configuration.rawValue else { return }
    reader.advance(1)
    row.machineType = try ConfigurationRecord(from: &reader).machineTypeText
  }

  // MARK: - Text

  /// One line each below a line of titles; the columns are as wide as they must be.
  public static func lines(_ rows: [Row]) -> [String] {
    guard !rows.isEmpty else { return ["no snapshots"] }
    let titles = ["ID", "NAME", "VM STATE", "DATE (UTC)", "GUEST CLOCK", "INSIDE"]
    let table = [titles] + rows.map(cells)
    let widths = titles.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    return table.map { cells in
      let padded = cells.indices.map { column in
        column == 2
          ? PrintableText.right(cells[column], widths[column])
          : PrintableText.left(cells[column], widths[column])
      }
      let line = padded.joined(separator: "  ")
      return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
    }
  }

  private static func cells(_ row: Row) -> [String] {
    let snapshot = row.snapshot
    return [
      PrintableText.escaped(snapshot.id), PrintableText.escaped(snapshot.name),
      snapshot.stateSize == 0 ? "-" : PrintableText.bytes(snapshot.stateSize),
      UTCTime(seconds: snapshot.seconds).text, clock(snapshot.guestClock), inside(row),
    ]
  }

  private static func inside(_ row: Row) -> String {
    if let error = row.error { return PrintableText.escaped("unreadable: \(error)") }
    guard let content = row.content else { return "the disk alone" }
    guard let machine = row.machineType else { return content.rawValue }
    return "\(content.rawValue), machine \(PrintableText.escaped(machine))"
  }

  /// Hours, minutes, seconds and milliseconds, as in `0000:00:00.175`.
  static func clock(_ nanoseconds: UInt64) -> String {
    let milliseconds = nanoseconds / 1_000_000
    let seconds = milliseconds / 1000
    return digits(seconds / 3600, 4) + ":" + digits(seconds / 60 % 60, 2) + ":"
      + digits(seconds % 60, 2) + "." + digits(milliseconds % 1000, 3)
  }

  static func digits(_ value: some BinaryInteger, _ count: Int) -> String {
    let text = "\(value)"
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
