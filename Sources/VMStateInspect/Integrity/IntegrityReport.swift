import VMState

/// What the sums that a stream carries say about it and about the files beside it.
public struct IntegrityReport: Sendable {
  /// Bytes that are not those that were saved.
  public struct Damage: Sendable {
    /// The section; nil for what stands between sections, or for the stream as a whole.
    public var section: String?
    /// The bytes that the sum is of.
    public var range: Range<UInt64>
    /// What is wrong, with the sum or length that was found and the one that was saved.
    public var error: VMStateError
    /// The byte that was changed, if one alone explains the sum; and what it is.
    public var changed: (byte: ChangedByte, now: UInt8)?
    /// What the changed byte belongs to.
    public var place: String?
  }

  /// A file beside the stream.
  public struct File: Sendable, Hashable {
    /// What the stream says of it.
    public var saved: StreamIntegrity.File
    /// What became of it.
    public var outcome: Outcome
  }

  /// How a file beside the stream compares with what it was.
  public enum Outcome: Sendable, Hashable {
    /// The same size and content.
    case same
    /// Another size.
    case otherSize(UInt64)
    /// Another content.
    case otherContent
    /// It could not be read; the reason.
    case unread(String)
  }

  /// The sums as they stand in the description.
  public var sums: StreamIntegrity
  /// What is damaged, in stream order.
  public var damage: [Damage] = []
  /// Damaged sections beyond those that are listed.
  public var furtherDamage = 0
  /// The files, in the order of the description.
  public var files: [File] = []

  /// Every byte before the end of the sections is the one that was saved.
  public var isWhole: Bool { damage.isEmpty }
  /// The files are what they were.
  public var hasFiles: Bool { files.allSatisfy { $0.outcome == .same } }
}

/// Opens a file beside a stream by the name in the stream's description; nil if there is none
/// or it may not be read.
public typealias BesideOpener = (String) throws(VMStateError) -> (any ByteChannel)?

extension IntegrityReport {
  /// Sections whose damage is listed.
  static let mostDamage = 64

  /// Finds the sums of a stream; nil if it carries none.
  ///
  /// - Throws: The channel's error; `badDescription` for sums of another form.
  static func sums(
    of channel: any ByteChannel, _ limits: Limits
  ) throws(VMStateError) -> (sums: StreamIntegrity, end: UInt64)? {
    guard channel.capabilities.contains(.positioned),
      let found = try DescriptionLocator.find(in: channel, limits: limits)
    else { return nil }
    let text = try channel.bytes(
      at: found.range.lowerBound + 5, upTo: max(0, found.range.count - 5))
    guard let sums = try StreamIntegrity.find(in: text, limits: limits) else { return nil }
    return (sums, found.range.lowerBound)
  }

  /// Compares a stream and the files beside it with the sums that it carries.
  ///
  /// - Parameter open: Opens the files; nil leaves them out.
  /// - Returns: nil if the stream carries no sums, or cannot be read at positions.
  /// - Throws: The channel's error; `badDescription` for sums of another form.
  public static func make(
    _ channel: any ByteChannel, _ options: WalkOptions = WalkOptions(), open: BesideOpener? = nil
  ) throws(VMStateError) -> IntegrityReport? {
    guard let (sums, end) = try sums(of: channel, options.limits) else { return nil }
    var report = IntegrityReport(sums: sums)
    var check = IntegrityCheck(channel, sums, end: end)
    (report.damage, report.furtherDamage) = try check.run()
    for index in report.damage.indices { try report.damage[index].locate(in: channel, options) }
    guard let open else { return report }
    for file in sums.files { report.files.append(File(saved: file, outcome: file.outcome(open))) }
    return report
  }
}

extension IntegrityReport.Damage {
  /// Finds out what holds the changed byte.
  fileprivate mutating func locate(
    in channel: any ByteChannel, _ options: WalkOptions
  ) throws(VMStateError) {
    guard let offset = changed?.byte.offset else { return }
    var locator = PlaceLocator(offset: offset)
    try channel.seek(to: channel.origin)
    try StreamWalk.walk(channel, options, visitor: &locator)
    place = locator.place
  }
}

extension StreamIntegrity.File {
  fileprivate func outcome(_ open: BesideOpener) -> IntegrityReport.Outcome {
    do throws(VMStateError) {
      guard let channel = try open(name) else { return .unread("no such file") }
      defer { try? channel.close() }
      guard channel.size == size else { return .otherSize(channel.size ?? 0) }
      return try SHA256.text(of: channel) == sha256 ? .same : .otherContent
    } catch {
      return .unread("\(error)")
    }
  }
}

extension SHA256 {
  /// The digest of all that a channel reads, as hexadecimal digits.
  fileprivate static func text(of channel: any ByteChannel) throws(VMStateError) -> String {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    var sum = SHA256()
    while true {
      let count = try channel.read(into: buffer)
      guard count > 0 else { return sum.text }
      sum.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
