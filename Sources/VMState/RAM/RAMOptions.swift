/// What decides, beyond the blocks themselves, what a `ram` section holds: capabilities that
/// both sides have in common.
struct RAMOptions: Sendable, Hashable {
  /// `x-ignore-shared`: the pages of shared blocks with a named file stay where they are,
  /// and the block list carries region offsets.
  var ignoresShared = false
  /// With `ignoresShared`: only blocks backed by a named file count. False takes every
  /// shared block.
  var ignoredNeedNamedFile = true
  /// `postcopy-ram`: the block list carries unusual page sizes.
  var postcopy = false
  /// `xbzrle`: pages sent again are sent as deltas. Deltas are always understood.
  var xbzrle = false
  /// `compress`: pages are compressed one by one, and such records are understood.
  var compress = false
  /// `background-snapshot`: pages are sent as they were at one instant, each once.
  var background = false
  /// `mapped-ram`: pages have fixed places in the file and there are no page records.
  var mapped = false

  init(_ capabilities: Set<String>, ignoredNeedNamedFile: Bool) {
    xbzrle = capabilities.contains("xbzrle")
    compress = capabilities.contains("compress")
    background = capabilities.contains("background-snapshot")
    mapped = capabilities.contains("mapped-ram")
    ignoresShared = capabilities.contains("x-ignore-shared")
    postcopy = capabilities.contains("postcopy-ram")
    self.ignoredNeedNamedFile = ignoredNeedNamedFile
  }

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
    if mapped { members.insert(.mapped) }
    return members
  }
}
