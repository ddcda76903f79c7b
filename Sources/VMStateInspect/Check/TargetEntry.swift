import VMState

/// One entry of the destination's registry, as far as it is known.
struct TargetEntry {
  /// Where the knowledge comes from.
  enum Origin {
    /// A section of the destination's stream.
    case stream
    /// QEMU registers it everywhere, or wherever the destination's other sections are, but
    /// sends it only when it is needed.
    case unsent
    /// The operator named it.
    case named
  }

  /// What reads the body.
  enum Body {
    /// A description.
    case described(DescribedTable, DescribedState?)
    /// The `ram` handler.
    case ram
    /// The handler of dirty bitmaps.
    case dirtyBitmap
    /// The handler of disks' contents.
    case disks
    /// Another handler, or a description without a known layout.
    case unknown
  }

  /// The name, path included.
  var idstr: String
  /// The instance id.
  var instance: UInt32
  /// The newest version, or nil where it is not known.
  var version: UInt32?
  /// The number of its registration.
  var sectionID: UInt32
  /// A second instance id that is answered to: an I/O address, or 0 for handlers.
  var alias: UInt32?
  /// The name and instance without the path.
  var compatible: (name: String, instance: UInt32)?
  /// What reads the body.
  var body: Body
  /// Where the knowledge comes from.
  var origin: Origin

  /// The description's name; the section's where that is not known.
  var descriptionName: String {
    if case .described(let table, _) = body, !table.name.isEmpty { return table.name }
    return idstr.split(separator: "/").last.map(String.init) ?? idstr
  }

  /// QEMU: `find_se`, migration/savevm.c.
  func answers(to name: String, _ instance: UInt32) -> Bool {
    if idstr == name, instance == self.instance || instance == alias { return true }
    guard let compatible, compatible.name == name else { return false }
    return instance == compatible.instance || instance == alias
  }
}

extension TargetEntry {
  // Devices that answer to their I/O address, as sections did before 2009.
  private static let addresses: [String: [UInt32]] = [
    "i8254": [0x40], "i8259": [0x20, 0xA0], "mc146818rtc": [0x70], "fdc": [0x3F0],
  ]

  private static let handlers: [String: Body] = [
    "ram": .ram, "dirty-bitmap": .dirtyBitmap, "block": .disks,
  ]

  /// An entry for a section that the destination sent.
  init(_ section: StreamFacts.Section) {
    idstr = section.idstr
    instance = section.instance
    version = section.version
    sectionID = section.sectionID
    origin = .stream
    if section.kind == .start {
      // Handlers keep alias 0.
      alias = 0
      body = Self.handlers[section.idstr] ?? .unknown
    } else if let table = section.table {
      body = .described(table, section.state)
    } else {
      body = .unknown
    }
    if let ports = Self.addresses[descriptionName], Int(instance) < ports.count {
      alias = ports[Int(instance)]
    }
  }

  /// An entry that no stream of the destination shows.
  init(_ idstr: String, _ instance: UInt32 = 0, _ body: Body, _ origin: Origin) {
    self.idstr = idstr
    self.instance = instance
    self.body = body
    self.origin = origin
    sectionID = .max
  }
}
