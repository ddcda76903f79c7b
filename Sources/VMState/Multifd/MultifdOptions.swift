/// How pages travel over extra channels.
///
/// QEMU: migration parameters `multifd-compression`, `multifd-zlib-level`,
/// `multifd-zstd-level`, `zero-page-detection`.
public struct MultifdOptions: Sendable, Hashable {
  /// Who looks for pages of zeros.
  public enum ZeroPageDetection: Sendable, Hashable, CaseIterable {
    /// Nobody: pages of zeros travel whole.
    case none
    /// The main thread, which writes them as ZERO records on the main channel (up to 8.2).
    case legacy
    /// The threads of the channels; such pages are listed in the packets (9.0 and later).
    case multifd
  }

  /// When all channels meet, so that an older version of a page cannot overtake a newer one.
  public enum Synchronisation: Sendable, Hashable, CaseIterable {
    /// At the end of each `ram` section, without a record of its own (up to 8.0).
    case perSection
    /// Whenever the search for pages begins again, with a MULTIFD_FLUSH record on the main
    /// channel (8.1 and later).
    case perRound
  }

  /// What packs the pages; both sides must agree. `none`, `zlib` and `zstd` are written and
  /// read.
  public var compression = MultifdCompression.none
  /// 0 to 9 for zlib, 1 to 20 for zstd.
  public var level = 1
  /// Who looks for pages of zeros. Save only.
  public var zeroPages: ZeroPageDetection
  /// When the channels meet. Save only: a load sees it in the stream.
  public var synchronisation: Synchronisation
  /// The longest time without a byte on any channel while one is waited for; then the transfer
  /// fails.
  public var patience = Duration.seconds(60)

  /// The ways of one generation of streams.
  public init(_ profile: StreamProfile = .qemu10_0) {
    zeroPages = profile.multifdZeroPages ? .multifd : .legacy
    synchronisation = profile.multifdFlush ? .perRound : .perSection
  }

  var layout: MultifdPagePacket.Layout { zeroPages == .multifd ? .zeroPages : .normalPages }
}
