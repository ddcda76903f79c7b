/// How a rewind buffer keeps its frames.
public struct RewindOptions: Sendable, Hashable {
  /// Bytes that everything together may take: contents of pages, device sections, tables. The
  /// oldest frames go when it is reached. At least one whole copy of the memory's pages that
  /// are not zero must fit.
  public var byteLimit: UInt64
  /// True stops a running machine for each call, and starts it again. False leaves that to the
  /// caller, who calls between two steps of the machine, when nothing writes memory or devices.
  public var stopsMachine = true
  /// True compares each written page with what it was and keeps it only if it differs: less
  /// memory for machines that often write what is there already, for the time of a comparison.
  public var comparesPages = false
  /// The form in which the device sections are kept.
  public var profile = StreamProfile.qemu10_0

  /// Makes options.
  public init(byteLimit: UInt64) { self.byteLimit = byteLimit }
}

/// A frame that was captured.
public struct RewindFrame: Sendable, Hashable {
  /// The frame's number.
  public let number: Int
  /// Pages that it keeps: those written since the frame before, or all with content.
  public let pages: Int
  /// True for a whole copy: the first frame, or one before which all others were dropped,
  /// since blocks or devices were added, removed or resized, or since the limit is too small
  /// for two frames.
  public let isWhole: Bool
}
