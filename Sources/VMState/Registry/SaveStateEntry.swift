/// One registered piece of state: a device with its description, or a section with handlers.
///
/// Everything but the load marks is fixed at registration. The body is touched by saves and
/// loads alone, under the machine's device lock or in the thread that owns the transfer;
/// that is why an entry may be handed between threads although devices need not be
/// `Sendable`.
///
/// QEMU: `SaveStateEntry`, migration/savevm.c.
public final class SaveStateEntry: @unchecked Sendable {
  /// What an entry saves and loads.
  public enum Body {
    /// A description bound to a device.
    case description(any DescribedBody)
    /// Callbacks.
    case handlers(any SaveVMHandlers)
  }

  /// The name and instance of an entry without the device path: what older programs sent.
  public struct CompatibleName: Sendable, Hashable {
    /// The description's name.
    public let idstr: String
    /// The instance among all entries with that name.
    public let instanceID: UInt32
  }

  /// How a name and instance of a stream led to an entry.
  public enum Match: Sendable, Hashable {
    /// By idstr and instance id.
    case exact
    /// By idstr and alias id.
    case alias
    /// By the name without the device path.
    case compatible
  }

  struct LoadMarks {
    var sectionID: UInt32?
    var version: Int?
  }

  /// The name on the wire: device path, slash, description name; at most 255 bytes.
  public let idstr: String
  /// Tells entries with one name apart.
  public let instanceID: UInt32
  /// A second instance id that the entry answers to; -1 is none.
  public let aliasID: Int32
  /// The number in this side's section headers and footers.
  public let sectionID: UInt32
  /// The version written, and the highest accepted. It is the description's; only a section
  /// held without any description takes over the stream's.
  public var version: Int { described?.version ?? handlersVersion }
  /// The name without the path, for entries that have a path.
  public let compat: CompatibleName?
  /// Place in the list.
  public let priority: MigrationPriority
  /// True for entries with handlers that write a START section.
  public let isRAM: Bool
  /// What is saved and loaded.
  public let body: Body

  private let handlersVersion: Int
  private let nameBytes: [UInt8]
  private let compatBytes: [UInt8]
  private let marks = Guarded(LoadMarks())

  init(
    idstr: String, instanceID: UInt32, aliasID: Int32, sectionID: UInt32, version: Int,
    compat: CompatibleName?, body: Body
  ) {
    self.idstr = idstr
    self.instanceID = instanceID
    self.aliasID = aliasID
    self.sectionID = sectionID
    handlersVersion = version
    self.compat = compat
    self.body = body
    nameBytes = Array(idstr.utf8)
    compatBytes = compat.map { Array($0.idstr.utf8) } ?? []
    switch body {
    case .description(let described):
      priority = described.priority
      isRAM = false
    case .handlers(let handlers):
      priority = .standard
      isRAM = handlers.phases.contains(.setup)
    }
  }

  /// The section id that the last completed load saw for this entry; nil is "not seen".
  public var loadSectionID: UInt32? { marks.withLock { $0.sectionID } }
  /// The version that the last completed load saw for this entry; nil is "not seen".
  public var loadVersion: Int? { marks.withLock { $0.version } }

  /// Notes what a load saw; called at commit, when nothing can fail any more.
  func mark(sectionID: UInt32?, version: Int?) {
    marks.withLock { $0 = LoadMarks(sectionID: sectionID, version: version) }
  }

  /// The description, or nil for an entry with handlers.
  public var described: (any DescribedBody)? {
    if case .description(let described) = body { return described }
    return nil
  }

  /// The handlers, or nil for an entry with a description.
  public var handlers: (any SaveVMHandlers)? {
    if case .handlers(let handlers) = body { return handlers }
    return nil
  }
}

extension SaveStateEntry {
  /// Whether, and how, a stream's name and instance mean this entry.
  ///
  /// Names are compared as bytes. An alias of -1 compares as `0xFFFF_FFFF`.
  /// QEMU: `find_se`, migration/savevm.c.
  public func match(_ name: [UInt8], instance: UInt32) -> Match? {
    let alias = UInt32(bitPattern: aliasID)
    if name == nameBytes {
      if instance == instanceID { return .exact }
      if instance == alias { return .alias }
    }
    guard let compat, name == compatBytes, nameBytes.contains(subsequence: name),
      instance == compat.instanceID || instance == alias
    else { return nil }
    return .compatible
  }

  /// True when the entry is called by this name, whatever the instance.
  func isNamed(_ name: [UInt8]) -> Bool { name == nameBytes }
}

extension [UInt8] {
  fileprivate func contains(subsequence part: [UInt8]) -> Bool {
    guard part.count <= count else { return false }
    return (0...count - part.count).contains { self[$0..<$0 + part.count].elementsEqual(part) }
  }
}
