// MARK: - Records

extension VMStateError.Code {
  /// A record in the body of a section, or of a file beside the stream, breaks its format.
  public static let badRecord = Self("badRecord")
  /// A packet of a multifd channel breaks its format.
  public static let badPacket = Self("badPacket")
  /// A message on the return path, or of COLO, breaks its format.
  public static let badMessage = Self("badMessage")
}

/// A number as it stands in messages about flags and magic numbers.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
