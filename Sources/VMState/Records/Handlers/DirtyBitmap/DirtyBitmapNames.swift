/// The names that chunks of dirty bitmaps leave out when they are those of the chunk before.
/// One value serves a whole migration, on either side.
public struct DirtyBitmapNames: Sendable, Hashable {
  /// The node named last.
  public private(set) var node: [UInt8]?
  /// The bitmap named last.
  public private(set) var bitmap: [UInt8]?

  /// Before the first chunk.
  public init() {}

  /// Fills in what a received chunk leaves out.
  ///
  /// - Returns: nil for a chunk that needs no names and has none: no flags, or only the end.
  /// - Throws: `badRecord` if a name was never given.
  public mutating func resolve(
    _ chunk: DirtyBitmapChunk
  ) throws(VMStateError) -> (node: [UInt8], bitmap: [UInt8])? {
    if chunk.flags.subtracting(.endOfSection).isEmpty { return nil }
    node = chunk.node ?? node
    bitmap = chunk.bitmap ?? bitmap
    guard let node, let bitmap else {
      let what = node == nil ? "block device" : "dirty bitmap"
      throw VMStateError(.badRecord, "Error: \(what) name is not set")
    }
    return (node, bitmap)
  }

  /// Makes a chunk to send, with the names that the receiver does not know yet.
  ///
  /// - Parameters:
  ///   - content: Anything but none.
  ///   - node: The node's alias.
  ///   - bitmap: The bitmap's alias. As in QEMU a bitmap of the same name on another node is
  ///     another bitmap, and is named.
  public mutating func chunk(
    _ content: DirtyBitmapChunk.Content, node: [UInt8], bitmap: [UInt8]
  ) -> DirtyBitmapChunk {
    let isNewNode = node != self.node
    let isNewBitmap = isNewNode || bitmap != self.bitmap
    (self.node, self.bitmap) = (node, bitmap)
    return DirtyBitmapChunk(
      content, node: isNewNode ? node : nil, bitmap: isNewBitmap ? bitmap : nil)
  }
}
