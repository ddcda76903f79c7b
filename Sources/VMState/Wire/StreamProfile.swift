/// Which of the format's forms is written and accepted: one value decides everywhere.
///
/// The stream version is 3 since 2009, but details changed between QEMU releases. Take one
/// of the generations and change single members where a mixture is needed.
public struct StreamProfile: Sendable, Hashable {
  /// How the elements of an array that is not described once for all are numbered in the
  /// JSON description.
  public enum ElementIndex: Sendable, Hashable {
    /// Every element has an `"index"` (to 8.2).
    case every
    /// All elements but the last (10.0).
    case allButLast
    /// None (11.x).
    case never
  }

  /// How a null element of an array of pointers appears in the JSON description.
  public enum NullElement: Sendable, Hashable {
    /// With the field's own type and size 1 (to 8.2).
    case unmarked
    /// As type `nullptr`, in runs (10.0).
    case nullptr
    /// As type `ptr-marker`, in runs (11.x).
    case marker
  }

  /// The layout of the `globalstate` section's 104 bytes.
  public enum GlobalState: Sendable, Hashable {
    /// A run state of 100 bytes (to 8.2).
    case runStateOnly
    /// A run state of 32 bytes, the suspended flags, and 66 unused bytes (9.0 and later).
    case suspendedFlags
  }

  /// The name shown in messages.
  public var name: String
  /// The JSON description starts with a `"configuration"` member (10.0, 11.x).
  public var describesConfiguration: Bool
  /// Numbering of array elements in the JSON description.
  public var elementIndex: ElementIndex
  /// Null elements in the JSON description.
  public var nullElement: NullElement
  /// Layout of the `globalstate` section.
  public var globalState: GlobalState
  /// The command `SWITCHOVER_START` is sent before the END sections and known on load
  /// (10.0 machine types and later).
  public var switchoverStart: Bool
  /// Descriptions may ask to be sent in the setup phase (10.0, 11.x).
  public var earlySetup: Bool
  /// A round of the live loop stops at the first entry that is not finished (to 8.2).
  public var roundStopsAtUnfinished: Bool
  /// Arrays of pointers that allocate their elements are known (11.x).
  public var pointerMarkers: Bool
  /// Multifd channels meet once a round, marked by a MULTIFD_FLUSH record, rather than at the end
  /// of each `ram` section (machine types after 8.0).
  public var multifdFlush: Bool
  /// Multifd packets list pages of zeros, which otherwise go over the main channel (9.0 and
  /// later).
  public var multifdZeroPages: Bool
  /// Pieces of devices' states may travel over multifd channels (10.0 and later).
  public var deviceStateChannels: Bool
  /// Pages may travel compressed by zlib, each by itself (up to 9.0).
  public var compressedPages: Bool
  /// With `x-ignore-shared`, only shared blocks that are backed by a named file stay where they
  /// are (10.0, 11.x). False leaves every shared block out (to 8.2).
  public var ignoredNeedNamedFile: Bool
  /// The byte of a ZERO record fills the page, whatever it is (4.x); others accept 0 only.
  public var zeroRecordsFill: Bool
  /// The JSON description has a space on both sides of each sign (up to 5.2); later ones have
  /// one behind commas and colons. QEMU: qjson.c, then qobject/json-writer.c.
  public var spacedDescription: Bool
  /// A RAM record with the flag HOOK is a hook whatever flags stand beside it (4.x); others want
  /// it alone.
  public var hooksMatchLoosely: Bool
  /// Pages may have fixed places in a file (9.0 and later).
  public var mappedRAM: Bool { validatedCapabilities.contains("mapped-ram") }
  /// A RAM record of flags that are otherwise unknown is one for the control hooks if HOOK is
  /// among them (4.x).
  public var acceptsAnyHook = false
  /// Capabilities that the configuration section compares, in wire order.
  public var validatedCapabilities: [String]
}
