/// Where the numbers of a save come from, beside those that RAM counts itself.
struct StatisticsSource: Sendable {
  /// What the saver reports; nil for a load, and before the first save.
  var live: LiveProgress?
  /// Everything that the channels took counts as transferred.
  var countsWholeStream = true
  /// Pages are compressed one by one.
  var compresses = false
  /// Deltas are made.
  var makesDeltas = false

  /// Nothing.
  init() {}

  /// The numbers of one save.
  init(_ context: SaveContext) {
    live = context.live
    countsWholeStream = context.profile.countsWholeStream
    compresses = context.capabilities.contains("compress")
    makesDeltas = context.capabilities.contains("xbzrle")
  }
}

extension StreamProfile {
  /// `transferred` is all that went through the channels, and the multifd channels' initial
  /// packets count (8.2 and later); before, only the records of pages and the channels' packets.
  var countsWholeStream: Bool { multifdFlush }
}
