extension CPRState {
  /// Reads the state, as bytes: descriptors that travel in messages are the channel's.
  ///
  /// - Parameter limits: `elements` and `fieldBytes` bound each list.
  /// - Throws: `badMagic`, `unsupportedStreamVersion`, `badRecord` for a malformed name,
  ///   `unknownSubsection`, `versionTooNew`, `limitExceeded`, `endOfStream`, or the channel's
  ///   error.
  public init(
    from reader: inout StreamReader, mode: Mode, limits: Limits = Limits()
  ) throws(VMStateError) {
    self.init(mode: mode, descriptors: [])
    try Self.checkHeader(&reader)
    descriptors = try Self.list(&reader, limits) { reader, marker throws(VMStateError) in
      var entry = Descriptor(name: try Self.name(&reader))
      entry.marker = marker
      entry.id = try reader.get()
      entry.value = mode == .exec ? try reader.get() : Int32(try reader.get(UInt8.self))
      return (entry, entry.name.count)
    }
    if try reader.peekByte() == SectionKind.subsection.rawValue {
      try Self.checkSubsection(&reader)
      devices = try Self.list(&reader, limits) { reader, marker throws(VMStateError) in
        let name = try Self.name(&reader)
        let device = try reader.get(Int32.self)
        let addressSpace = try reader.get(UInt32.self)
        var entry = Device(
          name: name, device: device, addressSpace: addressSpace, pageTable: try reader.get())
        entry.marker = marker
        return (entry, name.count)
      }
    }
  }

  /// Takes a whole file, in the mode in which it is read to its last byte.
  ///
  /// - Throws: As reading does, in the mode that comes farther; `trailingData` if bytes are
  ///   left.
  public init(parsing file: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(VMStateError)
  {
    var farthest = VMStateError(.badMagic, "Not a migration stream", offset: 0)
    for mode in Mode.allCases {
      do throws(VMStateError) {
        var reader = StreamReader(over: file)
        self = try CPRState(from: &reader, mode: mode, limits: limits)
        guard reader.available == 0 else {
          throw VMStateError(
            .trailingData, "bytes after the end of the CPR state", offset: reader.position)
        }
        return
      } catch {
        if error.offset ?? 0 >= farthest.offset ?? 0 { farthest = error }
      }
    }
    throw farthest
  }

  private static func checkHeader(_ reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let magic = try reader.get(UInt32.self)
    guard magic == Self.magic else {
      throw VMStateError(
        .badMagic, "Not a migration stream (bad magic)", offset: offset,
        expected: hexadecimal(Self.magic), found: hexadecimal(magic))
    }
    let version = try reader.get(UInt32.self)
    guard version == Self.version else {
      throw VMStateError(
        .unsupportedStreamVersion, "unsupported version of the CPR state", offset: offset + 4,
        expected: "\(Self.version)", found: "\(version)")
    }
  }

  /// Reads entries, each after a byte that is not zero.
  private static func list<T>(
    _ reader: inout StreamReader, _ limits: Limits,
    _ entry: (inout StreamReader, UInt8) throws(VMStateError) -> (T, bytes: Int)
  ) throws(VMStateError) -> [T] {
    var entries: [T] = []
    var memory = limits.fieldBytes
    while true {
      let offset = reader.position
      let marker = try reader.get(UInt8.self)
      if marker == 0 { return entries }
      let (value, bytes) = try entry(&reader, marker)
      memory -= bytes + MemoryLayout<T>.stride + 32
      guard entries.count < limits.elements, memory >= 0 else {
        throw VMStateError(
          .limitExceeded, "more entries in the CPR state than the limit", offset: offset,
          expected: "at most \(entries.count)")
      }
      entries.append(value)
    }
  }

  private static func name(_ reader: inout StreamReader) throws(VMStateError) -> [UInt8] {
    let offset = reader.position
    let length = try reader.get(UInt32.self)
    guard (1...UInt32(maximumNameLength)).contains(length) else {
      throw VMStateError(
        .badRecord, "a name of an impossible length", offset: offset,
        expected: "1 to \(maximumNameLength) bytes", found: "\(length)")
    }
    var bytes = try reader.getBytes(Int(length), limit: maximumNameLength)
    guard bytes.popLast() == 0 else {
      throw VMStateError(
        .badRecord, "a name without its zero", offset: offset + 4 + UInt64(length) - 1,
        expected: "0")
    }
    return bytes
  }

  private static func checkSubsection(_ reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    reader.advance(1)
    let name = try reader.getCountedString()
    guard name == devicesName else {
      throw VMStateError(
        .unknownSubsection, "an unknown part of the CPR state", offset: offset,
        expected: devicesName, found: name)
    }
    let version = try reader.get(UInt32.self)
    guard version == 1 else {
      throw VMStateError(
        version == 0 ? .versionTooOld : .versionTooNew, "version \(version) is not supported",
        path: [name], offset: reader.position - 4, expected: "1", found: "\(version)")
    }
  }
}
