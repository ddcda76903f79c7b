/// The JSON description at the end of a stream, as values: which sections it has, and how
/// each of them is laid out.
///
/// It lists every FULL section in stream order (also the early ones), never the live ones.
/// With it a program can walk, hold and rewrite sections for which it has no device.
///
/// QEMU: migration/savevm.c and migration/vmstate.c write it.
public struct StreamDescription: Sendable {
  /// One FULL section.
  public struct Device: Sendable {
    /// The section's idstr, path included.
    public var idstr: String
    /// The section's instance id.
    public var instance: UInt32
    /// The section's layout.
    public var table: DescribedTable
  }

  /// The target page size in bytes, if the description tells.
  public var pageSize: Int?
  /// The layout of the configuration section (10.0 and later).
  public var configuration: DescribedTable?
  /// The sections in stream order.
  public var devices: [Device]
  // The member as it was written, for text that is reproduced unchanged.
  private var configurationValue: JSONValue?

  /// Reads a description.
  ///
  /// - Throws: `malformedJSON`, `badDescription`, `limitExceeded`.
  public init(parsing text: [UInt8], limits: Limits = Limits()) throws(VMStateError) {
    try self.init(try JSONValue.parse(text, limits: limits))
  }

  /// Reads a description where it stands in memory.
  ///
  /// - Throws: `malformedJSON`, `badDescription`, `limitExceeded`.
  public init(
    parsing text: UnsafeRawBufferPointer, limits: Limits = Limits()
  ) throws(VMStateError) {
    try self.init(try JSONValue.parse(text, limits: limits))
  }

  private init(_ root: JSONValue) throws(VMStateError) {
    guard let devices = root["devices"]?.elements else {
      throw VMStateError(
        .badDescription, "the JSON description has no list of devices", expected: "\"devices\"")
    }
    pageSize = root["page_size"]?.int
    configurationValue = root["configuration"]
    if let configurationValue { configuration = try DescribedTable(configurationValue) }
    var parsed: [Device] = []
    parsed.reserveCapacity(devices.count)
    for device in devices { parsed.append(try Self.device(device)) }
    self.devices = parsed
  }

  private static func device(_ value: JSONValue) throws(VMStateError) -> Device {
    guard let name = value["name"]?.text, let number = value["instance_id"]?.int,
      let instance = UInt32(exactly: number)
    else {
      throw VMStateError(
        .badDescription, "a device of the JSON description has no name or instance id",
        found: String(value.jsonText.prefix(80)))
    }
    do throws(VMStateError) {
      return Device(idstr: name, instance: instance, table: try DescribedTable(value))
    } catch {
      throw error.within(name)
    }
  }

  /// The layout of a section.
  public func table(idstr: String, instance: UInt32) -> DescribedTable? {
    devices.first { $0.idstr == idstr && $0.instance == instance }?.table
  }

  /// The text that QEMU would write for these values.
  public var jsonBytes: [UInt8] {
    var text = DescriptionText()
    text.beginObject()
    if let configuration {
      text.beginObject("configuration")
      configuration.describe(&text)
      text.endObject()
    }
    if let pageSize { text.put("page_size", pageSize) }
    text.beginArray("devices")
    for device in devices {
      text.beginObject()
      text.put("name", device.idstr)
      text.put("instance_id", Int64(device.instance))
      device.table.describe(&text)
      text.endObject()
    }
    text.endArray()
    text.endObject()
    return text.bytes
  }
}
