extension DirtyBitmapChunk {
  /// Reads a chunk; the reader then stands at the bytes of its bits, if it has some.
  ///
  /// Where flags of several contents are set, the first of start, complete, bits counts, as
  /// in QEMU.
  ///
  /// - Throws: `badRecord` for reserved start flags, a granularity that is none, a range that
  ///   leaves the disks there can be, or more bytes than `DirtyBitmapBits.maximumSize`;
  ///   `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    (leadingFlags, flags) = try Self.flags(&reader)
    node = flags.contains(.deviceName) ? try reader.getCountedBytes() : nil
    bitmap = flags.contains(.bitmapName) ? try reader.getCountedBytes() : nil
    if flags.contains(.start) {
      content = try Self.start(&reader)
    } else if flags.contains(.complete) {
      content = .complete
    } else if flags.contains(.bits) {
      content = .bits(try DirtyBitmapBits(from: &reader, isZero: flags.contains(.zeroes)))
    } else {
      content = .none
    }
  }

  /// One, two or four bytes; the last one counts.
  private static func flags(
    _ reader: inout StreamReader
  ) throws(VMStateError) -> ([UInt8], DirtyBitmapFlags) {
    let extra = DirtyBitmapFlags.extraFlags.rawValue
    let first = try reader.get(UInt8.self)
    if first & extra == 0 { return ([], DirtyBitmapFlags(rawValue: first)) }
    let second = try reader.get(UInt8.self)
    if second & extra == 0 { return ([first], DirtyBitmapFlags(rawValue: second)) }
    let third = try reader.get(UInt8.self)
    return ([first, second, third], DirtyBitmapFlags(rawValue: try reader.get()))
  }

  private static func start(_ reader: inout StreamReader) throws(VMStateError) -> Content {
    let offset = reader.position
    let granularity = try reader.get(UInt32.self)
    let flags = DirtyBitmapStartFlags(rawValue: try reader.get())
    guard granularity >= 512, granularity & (granularity - 1) == 0 else {
      throw VMStateError(
        .badRecord, "a dirty bitmap with a granularity that is none", offset: offset,
        expected: "a power of two from 512", found: "\(granularity)")
    }
    guard flags.isSubset(of: .known) else {
      throw VMStateError(
        .badRecord, "Unknown flags in migrated dirty bitmap header", offset: offset + 4,
        expected: "bits of " + hexadecimal(DirtyBitmapStartFlags.known.rawValue),
        found: hexadecimal(flags.rawValue))
    }
    return .start(granularity: granularity, flags)
  }

  /// Writes the chunk; the bytes of its bits are put after it.
  ///
  /// - Throws: `valueOutOfRange` for an alias of more than 255 bytes, or flags that do not go
  ///   with the content.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    guard [0, 1, 3].contains(leadingFlags.count), fits else {
      throw VMStateError(
        .valueOutOfRange, "flags that do not go with the chunk", offset: writer.position,
        found: hexadecimal(flags.rawValue))
    }
    writer.put(bytes: leadingFlags)
    writer.put(flags.rawValue)
    if let node { try writer.put(name: node) }
    if let bitmap { try writer.put(name: bitmap) }
    switch content {
    case .none, .complete: break
    case .start(let granularity, let flags):
      writer.put(granularity)
      writer.put(flags.rawValue)
    case .bits(let bits): bits.write(to: &writer)
    }
  }

  /// Whether a reader finds by the flags what the chunk has.
  private var fits: Bool {
    guard (node != nil) == flags.contains(.deviceName),
      (bitmap != nil) == flags.contains(.bitmapName)
    else { return false }
    switch content {
    case .none: return flags.isDisjoint(with: [.start, .complete, .bits])
    case .start: return flags.contains(.start)
    case .complete: return flags.contains(.complete) && !flags.contains(.start)
    case .bits(let bits):
      return flags.contains(.bits) && flags.isDisjoint(with: [.start, .complete])
        && flags.contains(.zeroes) == (bits.size == nil)
    }
  }
}

extension DirtyBitmapBits {
  init(from reader: inout StreamReader, isZero: Bool) throws(VMStateError) {
    let offset = reader.position
    firstSector = try reader.get()
    sectors = try reader.get()
    let (end, overflow) = firstSector.addingReportingOverflow(UInt64(sectors))
    guard !overflow, end <= UInt64(Int64.max) >> 9 else {
      throw VMStateError(
        .badRecord, "dirty bits beyond any disk", offset: offset,
        found: "\(sectors) sectors from \(firstSector)")
    }
    size = nil
    if isZero { return }
    let bytes = try reader.get(UInt64.self)
    guard bytes <= Self.maximumSize else {
      throw VMStateError(
        .badRecord, "Bitmap migration stream buffer allocation request is too large",
        offset: offset + 12, expected: "at most \(Self.maximumSize) bytes", found: "\(bytes)")
    }
    size = bytes
  }

  func write(to writer: inout StreamWriter) {
    writer.put(firstSector)
    writer.put(sectors)
    if let size { writer.put(size) }
  }
}
