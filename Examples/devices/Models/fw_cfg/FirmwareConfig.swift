import VMState

/// The device by which firmware reads the machine's configuration: numbered items and, in a
/// directory, named files.
///
/// QEMU: hw/nvram/fw_cfg.c.
public final class FirmwareConfig {
  /// The registers.
  public var state = FirmwareConfigState()
  /// Where DMA requests and their data are.
  public var memory: (any DMAMemory)?

  private var items: [UInt16: [UInt8]] = [:]
  private var files: [File] = []

  private struct File {
    var name: String
    var bytes: [UInt8]
    var isWritable: Bool
  }

  /// Item numbers.
  public enum Key {
    /// `QEMU`.
    public static let signature: UInt16 = 0x00
    /// Features: bit 0 the registers, bit 1 DMA.
    public static let features: UInt16 = 0x01
    /// The file directory.
    public static let directory: UInt16 = 0x19
    /// The first file.
    public static let firstFile: UInt16 = 0x20
    /// Items of the architecture have this bit.
    public static let architecture: UInt16 = 0x8000
    /// Nothing is selected.
    public static let none: UInt16 = 0xFFFF
    /// The number without its flag bits.
    static let mask: UInt16 = 0x3FFF
    /// Files that fit.
    static let fileSlots: UInt16 = 0x20
  }

  /// A device without items of its own.
  public init(isDMAEnabled: Bool = true) {
    state.isDMAEnabled = isDMAEnabled
    items[Key.signature] = Array("QEMU".utf8)
    items[Key.features] = [isDMAEnabled ? 3 : 1, 0, 0, 0]
  }

  /// Sets a numbered item.
  ///
  /// - Parameter key: Below the first file's number, possibly with the architecture bit.
  public func setItem(_ key: UInt16, _ bytes: [UInt8]) {
    precondition(key & Key.mask < Key.firstFile, "files are added by name")
    items[key] = bytes
  }

  /// Adds or replaces a file. Files are numbered in the order of their names.
  ///
  /// - Parameters:
  ///   - name: At most 55 bytes.
  ///   - bytes: The content.
  ///   - isWritable: The guest may write it by DMA.
  public func setFile(_ name: String, _ bytes: [UInt8], isWritable: Bool = false) {
    precondition(name.utf8.count <= 55, "a file name has at most 55 bytes")
    let file = File(name: name, bytes: bytes, isWritable: isWritable)
    if let index = files.firstIndex(where: { $0.name == name }) {
      files[index] = file
    } else {
      precondition(files.count < Int(Key.fileSlots), "no more files fit")
      files.insert(file, at: files.firstIndex { $0.name > name } ?? files.count)
    }
    noteSize(of: name, UInt64(bytes.count))
  }

  /// A file's content, or nil.
  public func file(_ name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }

  private func noteSize(of name: String, _ size: UInt64) {
    switch name {
    case "etc/acpi/tables": state.tableSize = size
    case "etc/table-loader": state.linkerSize = size
    case "etc/acpi/rsdp": state.rsdpSize = size
    default: break
    }
  }

  /// After a load: the ACPI files have the sizes that the source's had, so that the guest's
  /// pointers into them stay valid.
  public func afterLoad() {
    let sizes = [
      "etc/acpi/tables": state.tableSize, "etc/table-loader": state.linkerSize,
      "etc/acpi/rsdp": state.rsdpSize,
    ]
    for index in files.indices {
      guard let size = sizes[files[index].name].map({ Int($0) }) else { continue }
      let bytes = files[index].bytes
      files[index].bytes =
        Array(bytes.prefix(size)) + Array(repeating: 0, count: max(0, size - bytes.count))
    }
  }
}

// MARK: - Registers

extension FirmwareConfig {
  /// Writes the selector (port 510): the item is read from its beginning.
  public func select(_ key: UInt16) {
    state.currentOffset = 0
    let isKnown = key & Key.mask < Key.firstFile + Key.fileSlots
    state.currentEntry = isKnown ? key : Key.none
  }

  /// Reads the next byte of the item (port 511); 0 at its end.
  public func readData() -> UInt8 {
    guard let bytes = content, Int(state.currentOffset) < bytes.count else { return 0 }
    defer { state.currentOffset += 1 }
    return bytes[Int(state.currentOffset)]
  }

  /// Reads one of the eight bytes of the DMA register: `QEMU CFG`.
  public func readDMARegister(_ offset: Int) -> UInt8 {
    let text = Array("QEMU CFG".utf8)
    return state.isDMAEnabled && text.indices.contains(offset) ? text[offset] : 0
  }

  /// Writes the upper half of the request's address (port 514, big-endian there).
  public func writeDMAHigh(_ value: UInt32) { state.dmaAddress = UInt64(value) << 32 }

  /// Writes the lower half of the request's address (port 518), which starts the transfer.
  public func writeDMALow(_ value: UInt32) {
    guard state.isDMAEnabled else { return }
    let address = state.dmaAddress | UInt64(value)
    state.dmaAddress = 0
    transfer(requestAt: address)
  }

  /// The selected item's bytes.
  var content: [UInt8]? {
    let key = state.currentEntry
    if key == Key.none { return nil }
    if key & Key.mask == Key.directory, key & Key.architecture == 0 { return directory }
    if let index = selectedFile { return files[index].bytes }
    return items[key & (Key.mask | Key.architecture)]
  }

  /// Index of the selected file.
  private var selectedFile: Int? {
    let key = state.currentEntry
    guard key & Key.architecture == 0, key & Key.mask >= Key.firstFile else { return nil }
    let index = Int(key & Key.mask) - Int(Key.firstFile)
    return files.indices.contains(index) ? index : nil
  }

  /// Count, then for each file size, number, two unused bytes and 56 bytes of name.
  private var directory: [UInt8] {
    var bytes = bigEndian(UInt32(files.count))
    for (index, file) in files.enumerated() {
      bytes += bigEndian(UInt32(file.bytes.count))
      bytes += bigEndian(Key.firstFile + UInt16(index)) + [0, 0]
      let name = Array(file.name.utf8)
      bytes += name + Array(repeating: 0, count: 56 - name.count)
    }
    return bytes
  }

  /// Overwrites part of the selected file.
  ///
  /// - Returns: false if it is not writable or the bytes do not fit.
  func store(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard let index = selectedFile, files[index].isWritable,
      offset + bytes.count <= files[index].bytes.count
    else { return false }
    files[index].bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return true
  }
}

/// An integer's bytes, most significant first.
func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
