import VMState

/// What a stream tells of the QEMU release that wrote it. Releases do not write their number;
/// they differ in small things.
public struct OriginSigns: Sendable, Hashable {
  /// A release, `major.minor`.
  public struct Release: Sendable, Hashable, Comparable {
    /// The two numbers.
    public var major: Int, minor: Int

    /// Older.
    public static func < (left: Release, right: Release) -> Bool {
      (left.major, left.minor) < (right.major, right.minor)
    }

    /// `10.0`.
    public var text: String { "\(major).\(minor)" }
  }

  /// The oldest release that can have written it.
  public private(set) var oldest: Release?
  /// What says so.
  public private(set) var oldestSign = ""
  /// The first release that is too new.
  public private(set) var before: Release?
  /// What says so.
  public private(set) var beforeSign = ""

  mutating func atLeast(_ major: Int, _ minor: Int, _ sign: String) {
    let release = Release(major: major, minor: minor)
    if let oldest, oldest >= release { return }
    (oldest, oldestSign) = (release, sign)
  }

  mutating func below(_ major: Int, _ minor: Int, _ sign: String) {
    let release = Release(major: major, minor: minor)
    if let before, before <= release { return }
    (before, beforeSign) = (release, sign)
  }

  // MARK: Signs

  /// A machine type with a number exists from that release on.
  mutating func note(machineType: String) {
    guard let dash = machineType.lastIndex(of: "-") else { return }
    let parts = machineType[machineType.index(after: dash)...].split(separator: ".")
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]),
      (0...99).contains(major), (0...99).contains(minor)
    else { return }
    atLeast(major, minor, "the machine type")
  }

  /// The JSON description's form.
  mutating func note(_ description: StreamDescription) {
    if description.configuration != nil {
      atLeast(8, 0, "the description has the configuration")
    } else {
      below(10, 0, "the description lacks the configuration")
    }
    for device in description.devices {
      switch Self.numbering(device.table) {
      case .every?: return below(10, 0, "array elements are numbered as in 7.2")
      case .allButLast?:
        atLeast(8, 0, "array elements are numbered as in 10.0")
        return below(11, 0, "array elements are numbered as in 10.0")
      default: break
      }
    }
  }

  /// How the first array whose elements have entries of their own is numbered.
  static func numbering(_ table: DescribedTable) -> StreamProfile.ElementIndex? {
    let fields = table.fields
    for (position, field) in fields.enumerated() {
      if let index = field.index, index > 0 || next(fields, position, is: field.name) {
        let run = fields[position...].prefix { $0.name == field.name }
        return run.last?.index == nil ? .allButLast : .every
      }
      if case .structure(let inner) = field.content, let found = numbering(inner) { return found }
    }
    for subsection in table.subsections {
      if let found = numbering(subsection) { return found }
    }
    return nil
  }

  private static func next(_ fields: [DescribedField], _ position: Int, is name: String) -> Bool {
    position + 1 < fields.count && fields[position + 1].name == name
  }

  /// The guess as a sentence; nil without a sign.
  public var text: String? {
    switch (oldest, before) {
    case (let old?, let new?):
      "\(old.text) or later, before \(new.text) (\(oldestSign); \(beforeSign))"
    case (let old?, nil): "\(old.text) or later (\(oldestSign))"
    case (nil, let new?): "before \(new.text) (\(beforeSign))"
    default: nil
    }
  }
}
