/// A pattern for names and paths: `*` stands for any text, also for none and across `/`; `?`
/// for one character; everything else for itself.
public struct GlobPattern: Sendable, Hashable {
  /// The pattern as it was given.
  public let text: String
  private let scalars: [Unicode.Scalar]

  /// A pattern.
  public init(_ text: String) {
    self.text = text
    scalars = Array(text.unicodeScalars)
  }

  /// True if the pattern has a `*` or a `?`.
  public var isWild: Bool { scalars.contains { $0 == "*" || $0 == "?" } }

  /// True if the whole text fits.
  ///
  /// - Complexity: O(n · m) for n characters of text and m of pattern.
  public func matches(_ text: String) -> Bool {
    let text = Array(text.unicodeScalars)
    var place = 0
    var index = 0
    // Where the last star stands, and how much text it has taken.
    var star: (pattern: Int, text: Int)?
    while index < text.count {
      if place < scalars.count, scalars[place] == "*" {
        star = (place, index)
        place += 1
      } else if place < scalars.count, scalars[place] == "?" || scalars[place] == text[index] {
        place += 1
        index += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        place = last.pattern + 1
        index = last.text + 1
      } else {
        return false
      }
    }
    return scalars[place...].allSatisfy { $0 == "*" }
  }
}

extension GlobPattern {
  /// True for a section whose name fits; a pattern with `#` and a number behind the last one
  /// also asks for that instance id.
  public func matches(section idstr: String, instance: UInt32) -> Bool {
    matches(idstr) || matches(SectionLabel.text(idstr, instance))
  }
}

/// How a section is named in paths.
public enum SectionLabel {
  /// The idstr, and `#` with the instance id if that is not 0.
  public static func text(_ idstr: String, _ instance: UInt32) -> String {
    instance == 0 ? idstr : "\(idstr)#\(instance)"
  }
}
