/// How text is decorated: colours for a terminal, or nothing.
public struct TextStyle: Sendable, Hashable {
  /// Escape sequences are used.
  public var isColoured: Bool

  /// A style.
  public init(isColoured: Bool) { self.isColoured = isColoured }

  /// No decoration.
  public static let plain = TextStyle(isColoured: false)

  /// A heading or a name.
  public func strong(_ text: String) -> String { wrapped(text, "1") }
  /// What matters less.
  public func faint(_ text: String) -> String { wrapped(text, "2") }
  /// Something wrong.
  public func bad(_ text: String) -> String { wrapped(text, "1;31") }
  /// Something odd.
  public func odd(_ text: String) -> String { wrapped(text, "33") }
  /// Something right.
  public func good(_ text: String) -> String { wrapped(text, "32") }

  private func wrapped(_ text: String, _ code: String) -> String {
    isColoured ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
