/// Something that QEMU accepts without a word and that a strict load refuses.
public struct LoadWarning: Sendable, Hashable, CustomStringConvertible {
  /// The kinds.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// An entry of which the stream brought nothing; it keeps its state.
    case missingSection
    /// A section that came again; the last one counts.
    case repeatedSection
    /// A device's section that came before one which precedes it in the registry.
    case outOfOrder
    /// A section whose instance id is the entry's alias.
    case aliasMatch
    /// A section that was found by its name without the device path.
    case compatibleName
    /// The configuration is accepted though it is not equal.
    case configuration
    /// A command that has no meaning for this load and was ignored.
    case ignoredCommand
    /// The JSON description is missing, cut short or too long.
    case description
    /// Bytes after the end of the stream.
    case trailingData
    /// What a hook or a live section had to say.
    case hook
  }

  /// The kind.
  public let kind: Kind
  /// The section's name, or empty.
  public let path: String
  /// Bytes from the start of the stream.
  public let offset: UInt64
  /// What was found, as a sentence.
  public let message: String

  /// Path, message and offset.
  public var description: String {
    (path.isEmpty ? "" : "\(path): ") + "\(message) (at byte \(offset) of the stream)"
  }

  /// The error that a strict load gives instead.
  var error: VMStateError {
    let code: VMStateError.Code =
      switch kind {
      case .missingSection, .repeatedSection, .outOfOrder: .sectionSequence
      case .aliasMatch, .compatibleName: .unknownSection
      case .configuration: .configurationMismatch
      case .ignoredCommand: .badCommand
      case .description: .badDescription
      case .trailingData: .trailingData
      case .hook: .validationFailed
      }
    return VMStateError(code, message, path: path.isEmpty ? [] : [path], offset: offset)
  }
}

/// The warnings of a load, or in a strict load the error of the first one.
struct LoadWarnings {
  /// Most warnings kept; a hostile stream could bring millions.
  static let maximum = 1000

  let isStrict: Bool
  private(set) var kept: [LoadWarning] = []
  private(set) var dropped = 0

  init(isStrict: Bool) { self.isStrict = isStrict }

  mutating func add(
    _ kind: LoadWarning.Kind, _ message: String, path: String = "", offset: UInt64
  ) throws(VMStateError) {
    let warning = LoadWarning(kind: kind, path: path, offset: offset, message: message)
    if isStrict { throw warning.error }
    if kept.count < Self.maximum { kept.append(warning) } else { dropped += 1 }
  }
}
