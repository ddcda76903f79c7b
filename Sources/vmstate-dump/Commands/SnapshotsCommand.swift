import VMState
import VMStateInspect

/// `vmstate-dump snapshots DISK.qcow2`.
struct SnapshotsCommand: ToolCommand {
  static let name = "snapshots"
  static let abstract = "List the snapshots of qcow2 disks and what is inside."

  var files: [String] = []
  var format = OutputFormat.text

  static var parameters: [Parameter<Self>] {
    [
      .arguments("disk", \.files, "The qcow2 images."),
      .option("--format", value: "format", \.format, standard: .text, "How the result is printed."),
    ]
  }

  func run(_ console: Console) throws(VMStateError) -> ExitCode {
    var code = ExitCode.good
    for file in files {
      let image = try QCOW2Image(try FileChannel(reading: file))
      let rows = SnapshotsText.rows(image)
      if format == .json {
        console.show(SnapshotsText.json(rows))
      } else {
        if files.count > 1 { console.out.line(console.style.strong(PrintableText.escaped(file))) }
        console.show(SnapshotsText.lines(rows))
      }
      for warning in image.warnings { console.remark(PrintableText.escaped("\(file): \(warning)")) }
      if rows.contains(where: { $0.error != nil }) { code = .badData }
    }
    return code
  }
}
