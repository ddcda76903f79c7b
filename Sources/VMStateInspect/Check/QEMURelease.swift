/// A release of QEMU, by its first two numbers.
public struct QEMURelease: Comparable, Hashable, Sendable {
  /// The first number.
  public var major: Int
  /// The second number.
  public var minor: Int

  /// Makes a release.
  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `7.2`, `10.0.13` and the like; nil if the text does not begin with two numbers.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).prefix(3).map {
      Int($0)
    }
    guard parts.count >= 2, let major = parts[0], let minor = parts[1],
      (0..<1000).contains(major), (0..<1000).contains(minor)
    else { return nil }
    self.init(major, minor)
  }

  /// The order of the releases.
  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

extension QEMURelease: CustomStringConvertible {
  /// As in `10.0`.
  public var description: String { "\(major).\(minor)" }
}

/// What is known about the release of a destination: between two bounds.
struct ReleaseRange: Equatable {
  /// The first release that it can be.
  var lowest = QEMURelease(2, 4)
  /// The first later release that it cannot be.
  var limit = QEMURelease(1000, 0)

  /// One known release.
  static func exactly(_ release: QEMURelease) -> Self {
    ReleaseRange(lowest: release, limit: QEMURelease(release.major, release.minor + 1))
  }

  /// Whether the release is a given one or later; nil where that is not known.
  func isAtLeast(_ release: QEMURelease) -> Bool? {
    if lowest >= release { return true }
    if limit <= release { return false }
    return nil
  }

  /// Takes what another source tells into account; what contradicts is left out.
  mutating func narrow(atLeast release: QEMURelease) {
    if release < limit { lowest = max(lowest, release) }
  }

  /// Takes what another source tells into account; what contradicts is left out.
  mutating func narrow(below release: QEMURelease) {
    if release > lowest { limit = min(limit, release) }
  }
}

extension ReleaseRange: CustomStringConvertible {
  /// As in `10.0` or `8.0 or later`.
  var description: String {
    if self == .exactly(lowest) { return "\(lowest)" }
    return limit.major == 1000 ? "\(lowest) or later" : "\(lowest) or later, before \(limit)"
  }
}
