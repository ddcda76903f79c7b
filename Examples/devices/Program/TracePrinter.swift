import VMState
import VMStateInspect

/// Prints every section, hook and field of a save or load.
final class TracePrinter: TransferObserver {
  func observe(_ event: TransferEvent) {
    switch event {
    case .section(let kind, let name, let instance, let sectionID, let version, let offset):
      say(
        "\(column(offset))  \(kind) \(PrintableText.escaped(name)) instance \(instance) "
          + "id \(sectionID) version \(version)")
    case .sectionEnd(let name, _, let offset, let length):
      say("\(column(offset + length))  end of \(PrintableText.escaped(name)), \(length) bytes")
    case .hook(let name, let path, let offset):
      say("\(column(offset))    hook \(name) of \(text(path))")
    case .field(let path, let type, let count, let offset, let length):
      let times = count == 1 ? "" : " x \(count)"
      say("\(column(offset))    \(text(path)): \(type)\(times), \(length) bytes")
    }
  }

  private func column(_ offset: UInt64) -> String { PrintableText.right("\(offset)", 10) }

  private func text(_ path: [String]) -> String {
    path.map(PrintableText.escaped).joined(separator: "/")
  }
}
