extension CPRState {
  /// Writes the state, as bytes: a descriptor that travels in a message is only the byte it
  /// travels beside (see `StreamWriter.put(descriptor:)`).
  ///
  /// - Throws: `valueOutOfRange` for a marker of zero, a name that is too long, or a byte that
  ///   is none.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(Self.magic)
    writer.put(Self.version)
    for entry in descriptors {
      try Self.begin(entry.marker, entry.name, &writer)
      writer.put(entry.id)
      switch mode {
      case .exec: writer.put(entry.value)
      case .transfer:
        writer.put(try writer.fitting(Int(entry.value), UInt8.self, "a descriptor's byte"))
      }
    }
    writer.put(UInt8(0))
    guard let devices else { return }
    writer.put(SectionKind.subsection.rawValue)
    writer.put(counted: Self.devicesName)
    writer.put(UInt32(1))
    for entry in devices {
      try Self.begin(entry.marker, entry.name, &writer)
      writer.put(entry.device)
      writer.put(entry.addressSpace)
      writer.put(entry.pageTable)
    }
    writer.put(UInt8(0))
  }

  private static func begin(
    _ marker: UInt8, _ name: [UInt8], _ writer: inout StreamWriter
  ) throws(VMStateError) {
    guard marker != 0, name.count < maximumNameLength else {
      throw VMStateError(
        .valueOutOfRange, "an entry that the CPR state cannot express", offset: writer.position,
        expected: "a marker and a name of less than \(maximumNameLength) bytes")
    }
    writer.put(marker)
    writer.put(UInt32(name.count + 1))
    writer.put(bytes: name)
    writer.put(UInt8(0))
  }
}
