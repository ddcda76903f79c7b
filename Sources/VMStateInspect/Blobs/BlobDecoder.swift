import VMState

/// Says what is in fields that a description calls by a type alone.
public enum BlobDecoder {
  /// Decodes a field's bytes.
  ///
  /// - Parameters:
  ///   - idstr: The name of the field's section.
  ///   - type: The type's name in the description.
  ///   - name: The field's name.
  ///   - bytes: The field's bytes.
  /// - Returns: nil if nothing is known about such a field, or the bytes are not what they
  ///   should be.
  public static func decode(
    idstr: String, type: String, name: String, bytes: [UInt8]
  ) -> DecodedBlob? {
    switch (type, name) {
    case ("pci config", _): PCIConfigBlob.decode(bytes)
    case ("virtio", _): VirtioBlob.decode(idstr: idstr, bytes)
    case ("buffer", "runstate") where idstr == "globalstate": runState(bytes)
    case ("buffer", "cmos_data") where idstr == "mc146818rtc": CMOSBlob.decode(bytes)
    default: nil
    }
  }

  /// The run state's name, zero padded.
  private static func runState(_ bytes: [UInt8]) -> DecodedBlob? {
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    let isKnown = RunState(rawValue: text) != nil
    let shown = PrintableText.escaped(text) + (isKnown ? "" : " (not a run state)")
    return DecodedBlob(
      title: "run state",
      entries: [
        DecodedBlob.Entry("run state", shown, .string(text)),
        DecodedBlob.Entry("known", isKnown ? "yes" : "no", .bool(isKnown)),
      ])
  }
}

extension [UInt8] {
  /// A little-endian number of up to eight bytes at an offset; zero behind the end.
  func littleEndian(_ offset: Int, _ count: Int) -> UInt64 {
    guard offset >= 0, offset + count <= self.count else { return 0 }
    return self[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
