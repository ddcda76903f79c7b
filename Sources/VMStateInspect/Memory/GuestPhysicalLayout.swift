import VMState

/// Where the RAM blocks of a PC lie in the guest's physical memory.
///
/// The stream does not say it; QEMU's boards follow from machine type and RAM size. A
/// `max-ram-below-4g` of the command line, and the move of RAM to 1 TiB on hosts with an
/// IOMMU of AMD, leave no trace in the stream.
/// QEMU: `pc_init1`, hw/i386/pc_piix.c; `pc_q35_init`, hw/i386/pc_q35.c; `microvm_memory_init`,
/// hw/i386/microvm.c.
public struct GuestPhysicalLayout: Sendable, Hashable {
  /// A part of a block in its place.
  public struct Segment: Sendable, Hashable {
    /// Index in the block list.
    public var block: Int
    /// First byte of the block that lies here.
    public var offset: UInt64
    /// Bytes.
    public var length: UInt64
    /// Guest-physical address.
    public var address: UInt64
    /// Part of the machine's RAM, no ROM.
    public var isRAM: Bool

    /// The address behind the last byte.
    public var end: UInt64 { address + length }
  }

  /// The segments by rising address, none over another.
  public private(set) var segments: [Segment] = []
  /// What was assumed and what has no place.
  public private(set) var notes: [String] = []

  private static let fourGiB: UInt64 = 4 << 30

  /// The layout of a machine.
  ///
  /// - Parameters:
  ///   - machineType: As in the configuration section.
  ///   - blocks: The block list.
  /// - Throws: `unsupported` for a machine whose layout is not known, `badRAMRecord` for a list
  ///   without RAM.
  public init(machineType: String?, blocks: [MemoryBlock]) throws(VMStateError) {
    let main = Self.mainBlocks(blocks)
    guard !main.isEmpty else {
      throw VMStateError(.badRAMRecord, "the stream has no block that is the machine's RAM")
    }
    let total = main.reduce(0) { $0 + blocks[$1].length }
    let low = try Self.lowMemory(machineType, total)
    place(main, blocks, low: min(low, total))
    placeROM(blocks, main)
    segments.sort { $0.address < $1.address }
    for (index, block) in blocks.enumerated()
    where !segments.contains(where: { $0.block == index }) {
      notes.append("block \(PrintableText.escaped(block.idstr)) has no known address")
    }
    if main.count > 1 {
      let names = main.map { PrintableText.escaped(blocks[$0].idstr) }.joined(separator: ", ")
      notes.append("RAM taken as the blocks \(names), in this order")
    }
  }

  /// The blocks that are the machine's RAM: `pc.ram`, else the parts that NUMA nodes name, else
  /// the largest one that is no ROM and no device's memory.
  static func mainBlocks(_ blocks: [MemoryBlock]) -> [Int] {
    if let index = blocks.firstIndex(where: { $0.idstr.hasSuffix(".ram") && isBoard($0) }) {
      return [index]
    }
    let nodes = blocks.indices.filter { blocks[$0].idstr.hasPrefix("ram-node") }
    if !nodes.isEmpty { return nodes.sorted { blocks[$0].idstr < blocks[$1].idstr } }
    let candidates = blocks.indices.filter { isBoard(blocks[$0]) }
    guard let size = candidates.map({ blocks[$0].length }).max(),
      let index = candidates.first(where: { blocks[$0].length == size })
    else { return [] }
    return [index]
  }

  private static func isBoard(_ block: MemoryBlock) -> Bool {
    let name = block.idstr
    return !name.contains("/") && !name.hasSuffix(".bios") && !name.hasSuffix(".rom")
      && !name.contains("vram") && !name.hasSuffix(".flash0") && !name.hasSuffix(".flash1")
  }

  /// Bytes of RAM below 4 GiB at most.
  private static func lowMemory(
    _ machineType: String?, _ total: UInt64
  ) throws(VMStateError) -> UInt64 {
    guard let type = machineType else {
      throw VMStateError(
        .unsupported, "the stream does not say its machine, so addresses are not known")
    }
    if type == "none" { return .max }
    if type == "isapc" { return 0xE000_0000 }
    if type.hasPrefix("pc-q35") || type == "q35" || type == "microvm" {
      return total >= 0xB000_0000 ? 0x8000_0000 : 0xB000_0000
    }
    if type.hasPrefix("pc-i440fx-1.") || type.hasPrefix("pc-0.") || type.hasPrefix("pc-1.") {
      return 0xE000_0000
    }
    if type == "pc" || type.hasPrefix("pc-i440fx") {
      return total >= 0xE000_0000 ? 0xC000_0000 : 0xE000_0000
    }
    throw VMStateError(
      .unsupported, "the addresses of this machine's RAM are not known",
      expected: "pc, q35, isapc, microvm or none", found: PrintableText.escaped(type))
  }

  private mutating func place(_ main: [Int], _ blocks: [MemoryBlock], low: UInt64) {
    var done: UInt64 = 0
    for index in main {
      let length = blocks[index].length
      let below = min(length, low - min(low, done))
      if below > 0 {
        segments.append(
          Segment(block: index, offset: 0, length: below, address: done, isRAM: true))
      }
      if length > below {
        let address = Self.fourGiB + (done + below - low)
        segments.append(
          Segment(
            block: index, offset: below, length: length - below, address: address, isRAM: true))
      }
      done += length
    }
  }

  /// Firmware ends at 4 GiB; what else has an address in the stream. Where RAM lies, RAM wins:
  /// firmware copies itself there.
  private mutating func placeROM(_ blocks: [MemoryBlock], _ main: [Int]) {
    for (index, block) in blocks.enumerated() where !main.contains(index) {
      let isFirmware = block.idstr == "pc.bios" && block.length <= 16 << 20
      let told = block.regionOffset.flatMap { $0 > 0 ? $0 : nil }
      guard let address = isFirmware ? Self.fourGiB - block.length : told else { continue }
      let end = address.addingReportingOverflow(block.length)
      guard !end.overflow else { continue }
      let overlaps = segments.contains { $0.address < end.partialValue && address < $0.end }
      guard !overlaps else { continue }
      segments.append(
        Segment(block: index, offset: 0, length: block.length, address: address, isRAM: false))
    }
  }
}
