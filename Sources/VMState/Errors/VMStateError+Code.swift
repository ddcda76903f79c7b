extension VMStateError {
  /// The kind of a failure. A struct, so that later versions can add kinds without breaking
  /// a `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The stable name, as printed and as used in JSON output.
    public let name: String

    /// Makes a code of the caller's own (for hooks and hand-written codecs).
    public init(_ name: String) { self.name = name }

    /// The stable name.
    public var description: String { name }
  }
}

// MARK: - Channel and transfer

extension VMStateError.Code {
  /// The channel ended inside something that must be complete.
  public static let endOfStream = Self("endOfStream")
  /// The operating system refused a read, a write, or another call on the channel.
  public static let channelFailed = Self("channelFailed")
  /// A file became shorter while it was read.
  public static let fileTruncated = Self("fileTruncated")
  /// The save or load was cancelled by its owner.
  public static let cancelled = Self("cancelled")
  /// Compressed data that does not decode.
  public static let badCompression = Self("badCompression")
  /// A container around a stream (disk image, save file) that is damaged.
  public static let badContainer = Self("badContainer")
  /// A container has no snapshot with this name or id, or none with VM state.
  public static let noSuchSnapshot = Self("noSuchSnapshot")
  /// The channel or the build cannot do what was asked (positioned I/O, descriptors).
  public static let unsupported = Self("unsupported")
}

// MARK: - Framing

extension VMStateError.Code {
  /// The first four bytes are not `QEVM`.
  public static let badMagic = Self("badMagic")
  /// The stream version is not 3.
  public static let unsupportedStreamVersion = Self("unsupportedStreamVersion")
  /// The configuration section is not where it must be.
  public static let configurationMissing = Self("configurationMissing")
  /// The stream was made by another machine type.
  public static let machineMismatch = Self("machineMismatch")
  /// Source and destination disagree about page size, capabilities or UUID.
  public static let configurationMismatch = Self("configurationMismatch")
  /// A type byte that cannot stand at this place.
  public static let unknownSectionType = Self("unknownSectionType")
  /// No entry is registered under this name and instance id, or this section id.
  public static let unknownSection = Self("unknownSection")
  /// A section without a name.
  public static let emptySectionName = Self("emptySectionName")
  /// The version in the stream is newer than the entry's.
  public static let versionTooNew = Self("versionTooNew")
  /// The version in the stream is older than the entry accepts.
  public static let versionTooOld = Self("versionTooOld")
  /// A section is not followed by a footer.
  public static let missingFooter = Self("missingFooter")
  /// The footer repeats another section's id.
  public static let footerMismatch = Self("footerMismatch")
  /// A command that this version does not know, or of the wrong length.
  public static let badCommand = Self("badCommand")
  /// Bytes after the end that strict mode refuses.
  public static let trailingData = Self("trailingData")
  /// The stream's own sums do not agree with its bytes.
  public static let integrity = Self("integrity")
  /// A section is missing or repeated and strict mode refuses it.
  public static let sectionSequence = Self("sectionSequence")
  /// The JSON description does not parse or does not fit the stream.
  public static let badDescription = Self("badDescription")
  /// A JSON text does not parse.
  public static let malformedJSON = Self("malformedJSON")
}

// MARK: - Fields

extension VMStateError.Code {
  /// A subsection with the owner's prefix that the owner does not have.
  public static let unknownSubsection = Self("unknownSubsection")
  /// A value must equal the one at the destination and does not.
  public static let valueMismatch = Self("valueMismatch")
  /// A value lies outside its range.
  public static let valueOutOfRange = Self("valueOutOfRange")
  /// A validation row of the table said no.
  public static let validationFailed = Self("validationFailed")
  /// A null-pointer marker has another value than the format allows.
  public static let badMarker = Self("badMarker")
  /// An element count that does not fit the property.
  public static let countExceedsCapacity = Self("countExceedsCapacity")
  /// A length, depth or size above the limit.
  public static let limitExceeded = Self("limitExceeded")
  /// A tree's node count and its nodes disagree.
  public static let inconsistentTree = Self("inconsistentTree")
  /// A hook of a table or a handler threw.
  public static let hookFailed = Self("hookFailed")
}

// MARK: - Registry and machine

extension VMStateError.Code {
  /// A registered device says that it cannot be saved or loaded.
  public static let unmigratable = Self("unmigratable")
  /// An entry with this name and instance id is registered already.
  public static let duplicateEntry = Self("duplicateEntry")
  /// The registry or machine is in use by another save or load.
  public static let busy = Self("busy")
  /// A registration that the format cannot express.
  public static let invalidRegistration = Self("invalidRegistration")
  /// A rewind buffer keeps no frame of this number.
  public static let noSuchFrame = Self("noSuchFrame")
  /// The machine's owner refused to stop or start.
  public static let machineControl = Self("machineControl")
}

// MARK: - RAM

extension VMStateError.Code {
  /// A RAM block that this machine does not have.
  public static let unknownRAMBlock = Self("unknownRAMBlock")
  /// A RAM block whose size cannot be taken over.
  public static let ramBlockSize = Self("ramBlockSize")
  /// A record word with flags that cannot stand here.
  public static let badRAMRecord = Self("badRAMRecord")
  /// A page offset beyond its block.
  public static let ramOffset = Self("ramOffset")
}
