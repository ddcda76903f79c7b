import VMState

/// Makes streams that have nothing but a `ram` section, record by record.
struct HandmadeRAM {
  private(set) var bytes: [UInt8] = []

  /// File header, configuration and the block list, all in a START section that stays open.
  init(machine: String = "pc", _ blocks: [(name: [UInt8], length: UInt64)]) {
    put([0x51, 0x45, 0x56, 0x4D, 0, 0, 0, 3])
    put([7])
    put(UInt32(machine.utf8.count))
    put(Array(machine.utf8))
    // START, section 1, "ram", instance 0, version 4.
    put([1, 0, 0, 0, 1, 3] + Array("ram".utf8) + [0, 0, 0, 0, 0, 0, 0, 4])
    put(blocks.reduce(UInt64(0)) { $0 + $1.length } | 0x004)
    for block in blocks {
      put([UInt8(block.name.count)] + block.name)
      put(block.length)
    }
  }

  init(machine: String = "pc", _ blocks: [(String, UInt64)]) {
    self.init(machine: machine, blocks.map { (Array($0.0.utf8), $0.1) })
  }

  mutating func put(_ new: [UInt8]) { bytes += new }
  mutating func put<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
  }

  private mutating func head(_ offset: UInt64, _ flag: UInt64, _ block: String) {
    put(offset | flag)
    put([UInt8(block.utf8.count)] + Array(block.utf8))
  }

  mutating func page(_ block: String, _ offset: UInt64, _ content: [UInt8]) {
    head(offset, 0x008, block)
    put(content)
  }

  mutating func zero(_ block: String, _ offset: UInt64) {
    head(offset, 0x002, block)
    put([0])
  }

  mutating func delta(_ block: String, _ offset: UInt64, _ delta: [UInt8]) {
    head(offset, 0x040, block)
    put([1])
    put(UInt16(delta.count))
    put(delta)
  }

  /// The end mark and footer of the open section, and the next section's head.
  mutating func nextSection() {
    put(UInt64(0x010))
    put([0x7E, 0, 0, 0, 1, 2, 0, 0, 0, 1])
  }

  /// The end of the section and of the stream, without a description.
  mutating func finish() {
    put(UInt64(0x010))
    put([0x7E, 0, 0, 0, 1, 0])
  }

  /// A page of one byte's value.
  static func filled(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 4096) }
}
