/// The name under which a section stands in a stream.
public struct SectionName: Sendable, Hashable {
  /// The device path in front of the name, or nil.
  public var path: String?
  /// The description's name.
  public var name: String
  /// The instance id.
  public var instance: UInt32

  /// A name.
  public init(_ name: String, path: String? = nil, instance: UInt32 = 0) {
    self.path = path
    self.name = name
    self.instance = instance
  }

  /// From a stream's idstr: the last slash ends the path.
  public init(idstr: String, instance: UInt32) {
    let parts = idstr.split(separator: "/", omittingEmptySubsequences: false)
    name = String(parts.last ?? "")
    path = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil
    self.instance = instance
  }

  /// Path and name as on the wire.
  public var idstr: String { path.map { "\($0)/\(name)" } ?? name }
}

extension SectionName {
  /// The sections of the board's devices in the order in which QEMU's `pc` sends them.
  ///
  /// - Parameter isOld: The order of 7.2; otherwise that of 10.0.
  static func pc(isOld: Bool, networkCards: [String]) -> [SectionName] {
    let cards = networkCards.map { SectionName("e1000", path: $0) }
    return [SectionName("timer")] + (isOld ? order7_2 : order) + cards
      + [SectionName("globalstate")]
  }

  private static let dma = [SectionName("dma"), SectionName("dma", instance: 1)]
  private static let interrupts = [
    SectionName("i8259"), SectionName("i8259", instance: 1), SectionName("ioapic"),
    SectionName("hpet"),
  ]
  private static let slowDevices = [
    SectionName("i8254"), SectionName("pcspk"), SectionName("serial"), SectionName("ps2kbd"),
    SectionName("ps2mouse"), SectionName("pckbd"), SectionName("port92"),
  ]
  private static let clock = SectionName("mc146818rtc")
  private static let power = SectionName("piix4_pm", path: "0000:00:01.3")

  private static let order =
    [SectionName("fw_cfg")] + dma + [clock, power] + interrupts
    + slowDevices
  private static let order7_2 =
    [SectionName("fw_cfg")] + dma + interrupts + [clock]
    + slowDevices + [power]
}
