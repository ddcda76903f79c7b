import VMState

/// Opens files that hold a VM's state, whatever is around it.
public enum StateFile {
  /// What the path alone does not say.
  public struct Options: Sendable {
    /// Bytes before the outermost container or the stream.
    public var offset: UInt64 = 0
    /// The id or name of a qcow2 snapshot; nil for the first that holds VM state.
    public var snapshot: String?
    /// Most memory for a decompressor, in bytes.
    public var decoderMemory = DecompressionLimits.defaultMemory

    /// The defaults, or some of them changed.
    public init(offset: UInt64 = 0, snapshot: String? = nil) {
      self.offset = offset
      self.snapshot = snapshot
    }
  }

  /// Opens a file.
  ///
  /// - Parameter path: `-` for the standard input, which is read in order unless it is a
  ///   regular file.
  /// - Throws: `channelFailed`, `badContainer`, `badCompression`, `endOfStream`,
  ///   `noSuchSnapshot`, `unsupported` (a missing library, encryption), `limitExceeded`.
  public static func open(
    _ path: String, _ options: Options = Options()
  ) throws(VMStateError) -> OpenedState {
    if path == "-" {
      let input = try FileDescriptorChannel(0, .borrowed, name: "the standard input")
      // A regular file may have been read up to a position already.
      let rest: any ByteChannel =
        input.position > 0 ? WindowChannel(on: input, from: input.position) : input
      return try open(rest, name: "the standard input", options)
    }
    return try open(FileChannel(reading: path), name: path, options)
  }

  /// Opens what a channel reads.
  ///
  /// - Parameter name: What to call it in messages.
  public static func open(
    _ channel: any ByteChannel, name: String, _ options: Options = Options()
  ) throws(VMStateError) -> OpenedState {
    var opener = StateOpener(channel, name: name, options)
    try opener.open()
    return opener.state
  }
}
