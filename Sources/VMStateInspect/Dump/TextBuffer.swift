import VMState

/// Gathers text and hands it on in large runs.
struct TextBuffer {
  private static let size = 1 << 16

  private let output: any TextOutput
  private var bytes: [UInt8] = []

  init(_ output: any TextOutput) {
    self.output = output
    bytes.reserveCapacity(Self.size + 4096)
  }

  /// Takes text.
  mutating func put(_ text: String) throws(VMStateError) {
    bytes.append(contentsOf: text.utf8)
    if bytes.count >= Self.size { try flush() }
  }

  /// Takes text in UTF-8.
  mutating func put(_ text: [UInt8]) throws(VMStateError) {
    bytes.append(contentsOf: text)
    if bytes.count >= Self.size { try flush() }
  }

  /// Takes a line.
  mutating func line(_ text: String) throws(VMStateError) {
    try put(text)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Hands everything on.
  mutating func flush() throws(VMStateError) {
    guard !bytes.isEmpty else { return }
    let all = bytes
    bytes.removeAll(keepingCapacity: true)
    let output = output
    try all.visit { raw throws(VMStateError) in try output.write(raw) }
  }
}
