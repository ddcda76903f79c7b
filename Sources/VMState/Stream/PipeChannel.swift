/// Makes pipes: what is written to one end is read from the other.
public enum PipeChannel {
  /// Makes a pipe.
  ///
  /// - Returns: Its ends; when one is closed the other sees the end of the data, or a
  ///   broken pipe.
  /// - Throws: `channelFailed`.
  public static func makePair() throws(VMStateError) -> (
    reader: FileDescriptorChannel, writer: FileDescriptorChannel
  ) {
    let pipe = SystemCall.pipe()
    guard pipe.result >= 0 else { throw .system("cannot make a pipe", pipe.result) }
    let reader: Descriptor
    do throws(VMStateError) {
      reader = try .adopting(pipe.reader, name: "the pipe")
    } catch {
      SystemCall.close(pipe.writer)
      throw error
    }
    let writer = try Descriptor.adopting(pipe.writer, name: "the pipe")
    return (FileDescriptorChannel(reader), FileDescriptorChannel(writer))
  }
}
