import VMState

/// Walks streams, piece by piece.
public enum StreamWalk {
  /// Walks a stream that begins at the channel's first byte.
  ///
  /// - Parameter visitor: Gets every piece; comes back with what it made of them.
  /// - Throws: What the visitor throws, and the channel's errors before the walk began. What is
  ///   wrong with the stream is a piece.
  public static func walk<Visitor: PieceVisitor>(
    _ channel: any ByteChannel, _ options: WalkOptions = WalkOptions(),
    visitor: inout Visitor
  ) throws(VMStateError) {
    let found = try DescriptionLocator.find(in: channel, limits: options.limits)
    try walk(channel, description: found?.description, options, visitor: &visitor)
  }

  /// Walks a stream whose description is known already.
  public static func walk<Visitor: PieceVisitor>(
    _ channel: any ByteChannel, description: StreamDescription?,
    _ options: WalkOptions = WalkOptions(), visitor: inout Visitor
  ) throws(VMStateError) {
    var walker = PieceWalker(
      channel, LayoutQueue(own: description, options), visitor, options)
    if let size = description?.pageSize { walker.ram.setPageSize(size) }
    let origin = options.origin > 0 ? options.origin : channel.origin
    if origin > 0 { try channel.seek(to: origin) }
    var reader = StreamReader(walker.channel, offset: origin)
    defer { visitor = walker.visitor }
    try walker.walk(&reader)
  }
}
