/// The head of an ELF64 core file for x86-64: file header, and a PT_LOAD program header for
/// each segment. Offsets in the file follow each other on page bounds; addresses are
/// guest-physical.
struct ELFCore {
  private static let headerSize = 64
  private static let programHeaderSize = 56
  private static let alignment: UInt64 = 4096

  /// File header and program headers.
  let head: [UInt8]
  /// Where each segment's bytes begin in the file.
  let positions: [UInt64]

  init(_ segments: [GuestPhysicalLayout.Segment]) {
    var position = Self.aligned(
      UInt64(Self.headerSize + Self.programHeaderSize * segments.count))
    var positions: [UInt64] = []
    for segment in segments {
      positions.append(position)
      position = Self.aligned(position + segment.length)
    }
    self.positions = positions
    var bytes = Self.fileHeader(count: segments.count)
    for (segment, position) in zip(segments, positions) {
      Self.put(segment, at: position, into: &bytes)
    }
    head = bytes
  }

  private static func aligned(_ value: UInt64) -> UInt64 {
    (value + alignment - 1) & ~(alignment - 1)
  }

  private static func fileHeader(count: Int) -> [UInt8] {
    // Magic, 64 bits, little-endian, version 1, System V.
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    put(UInt16(4), into: &bytes)  // ET_CORE
    put(UInt16(62), into: &bytes)  // EM_X86_64
    put(UInt32(1), into: &bytes)
    put(UInt64(0), into: &bytes)  // no entry point
    put(UInt64(headerSize), into: &bytes)
    put(UInt64(0), into: &bytes)  // no sections
    put(UInt32(0), into: &bytes)
    put(UInt16(headerSize), into: &bytes)
    put(UInt16(programHeaderSize), into: &bytes)
    put(UInt16(clamping: count), into: &bytes)
    for _ in 0..<3 { put(UInt16(0), into: &bytes) }
    return bytes
  }

  private static func put(
    _ segment: GuestPhysicalLayout.Segment, at position: UInt64, into bytes: inout [UInt8]
  ) {
    put(UInt32(1), into: &bytes)  // PT_LOAD
    put(UInt32(segment.isRAM ? 7 : 5), into: &bytes)  // readable, executable, RAM writable
    put(position, into: &bytes)
    put(UInt64(0), into: &bytes)  // no virtual address
    put(segment.address, into: &bytes)
    put(segment.length, into: &bytes)
    put(segment.length, into: &bytes)
    put(UInt64(0), into: &bytes)
  }

  private static func put<T: FixedWidthInteger>(_ value: T, into bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
