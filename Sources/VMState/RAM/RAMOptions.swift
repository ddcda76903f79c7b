/// The capabilities that change what a `ram` section holds; both sides must agree.
public struct RAMOptions: Sendable, Hashable {
  /// `x-ignore-shared`: the pages of shared blocks with a named file stay where they are,
  /// and the block list carries region offsets.
  public var ignoresShared = false
  /// With `ignoresShared`: only blocks backed by a named file count (10.0, 11.x). False takes
  /// every shared block (7.2).
  public var ignoredNeedNamedFile = true
  /// `postcopy-ram`, advised in this stream: the block list carries unusual page sizes.
  public var postcopy = false

  /// No capability.
  public init() {}

  /// True for a block whose pages never travel.
  func ignores(_ block: RAMBlock) -> Bool {
    guard block.attributes.contains(.migratable) else { return true }
    guard ignoresShared, block.attributes.contains(.shared) else { return false }
    return !ignoredNeedNamedFile || block.attributes.contains(.namedFile)
  }

  /// The optional members that a block has in the list.
  func members(of block: RAMBlock) -> RAMSetupRecord.OptionalMembers {
    var members: RAMSetupRecord.OptionalMembers = []
    if postcopy, block.hasUnusualPages { members.insert(.pageSize) }
    if ignoresShared { members.insert(.regionOffset) }
    return members
  }
}
