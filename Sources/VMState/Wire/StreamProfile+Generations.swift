// swift-format-ignore-file: AlwaysUseLowerCamelCase
extension StreamProfile {
  /// QEMU 4.0 to 5.x.
  public static let qemu4_2: StreamProfile = {
    var profile = qemu7_2
    profile.name = "4.2"
    profile.zeroRecordsFill = true
    profile.hooksMatchLoosely = true
    profile.spacedDescription = true
    return profile
  }()

  /// QEMU 7.2.
  public static let qemu7_2 = StreamProfile(
    name: "7.2", describesConfiguration: false, elementIndex: .every, nullElement: .unmarked,
    globalState: .runStateOnly, switchoverStart: false, earlySetup: false,
    roundStopsAtUnfinished: true, pointerMarkers: false, multifdFlush: false,
    multifdZeroPages: false, deviceStateChannels: false, compressedPages: true,
    ignoredNeedNamedFile: false, zeroRecordsFill: false,
    spacedDescription: false, hooksMatchLoosely: false,
    validatedCapabilities: ["x-ignore-shared"])

  /// QEMU 8.1 and 8.2 with their own machine types.
  public static let qemu8_2: StreamProfile = {
    var profile = qemu7_2
    profile.name = "8.2"
    profile.describesConfiguration = true
    profile.earlySetup = true
    profile.multifdFlush = true
    return profile
  }()

  /// QEMU 10.0, the default.
  public static let qemu10_0 = StreamProfile(
    name: "10.0", describesConfiguration: true, elementIndex: .allButLast, nullElement: .nullptr,
    globalState: .suspendedFlags, switchoverStart: true, earlySetup: true,
    roundStopsAtUnfinished: false, pointerMarkers: false, multifdFlush: true,
    multifdZeroPages: true, deviceStateChannels: true, compressedPages: false,
    ignoredNeedNamedFile: true, zeroRecordsFill: false,
    spacedDescription: false, hooksMatchLoosely: false,
    validatedCapabilities: ["x-ignore-shared", "mapped-ram"])

  /// QEMU 11.1.
  public static let qemu11_1: StreamProfile = {
    var profile = qemu10_0
    profile.name = "11.1"
    profile.elementIndex = .never
    profile.nullElement = .marker
    profile.pointerMarkers = true
    return profile
  }()

  /// All generations, the oldest first.
  public static let generations: [StreamProfile] = [qemu4_2, qemu7_2, qemu8_2, qemu10_0, qemu11_1]

  /// The generation with a name such as `8.2`; nil if there is none.
  public init?(named name: String) {
    guard let found = Self.generations.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}
