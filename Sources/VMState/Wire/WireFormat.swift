/// The constant bytes of the stream format.
///
/// QEMU: `migration/savevm.h` and `migration/qemu-file-types.h` define the same values.
public enum WireFormat {
  /// First four bytes of a stream, `QEVM`.
  public static let magic: UInt32 = 0x5145_564D
  /// The only stream version in use.
  public static let version: UInt32 = 3
  /// The obsolete version, refused with a message of its own.
  public static let obsoleteVersion: UInt32 = 2
  /// Longest name that fits a counted string, in bytes.
  public static let maximumNameLength = 255
  /// The byte written for a null pointer (ASCII `0`).
  public static let nullMarker: UInt8 = 0x30
  /// The byte before a present element of a self-allocating pointer array (ASCII `1`).
  public static let presentMarker: UInt8 = 0x31
}

/// The type byte in front of everything at the top level of a stream.
///
/// Wire: one byte. QEMU: `QEMU_VM_*`, migration/savevm.h.
public enum SectionKind: UInt8, Sendable, Hashable, CaseIterable {
  /// `0x00`: the end of the sections; the JSON description may follow.
  case endOfFile = 0x00
  /// `0x01`: first section of a live entry.
  case start = 0x01
  /// `0x02`: a further section of a live entry.
  case part = 0x02
  /// `0x03`: the last section of a live entry.
  case end = 0x03
  /// `0x04`: the whole state of a device.
  case full = 0x04
  /// `0x05`: a subsection, only inside a description's body.
  case subsection = 0x05
  /// `0x06`: the JSON description, only after the end.
  case description = 0x06
  /// `0x07`: the configuration, only after the file header.
  case configuration = 0x07
  /// `0x08`: a command.
  case command = 0x08
  /// `0x7E`: the footer of a section.
  case footer = 0x7E
}
