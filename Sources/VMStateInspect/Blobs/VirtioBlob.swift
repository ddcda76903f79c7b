import VMState

/// The inside of a virtio device's section: common registers, features, queues.
///
/// QEMU: `virtio_save`, hw/virtio/virtio.c.
enum VirtioBlob {
  private typealias Entry = DecodedBlob.Entry

  static func decode(idstr: String, _ bytes: [UInt8]) -> DecodedBlob? {
    let device = LayoutLibrary.description(of: idstr)
    guard let fields = LayoutLibrary.inside(of: idstr, device, bytes) else { return nil }
    var entries: [Entry] = []
    if let status = fields["status"] {
      entries.append(.bits("status", status.number) { VirtioFeatures.status[$0] })
    }
    entries.append(
      .bits("features", features(fields)) { VirtioFeatures.name($0, of: device) })
    if let config = fields["config"]?.bytes {
      entries.append(Entry("config", hexadecimal(config), .string(hexadecimal(config))))
    }
    if let mac = fields["device"]?.structures.first?["mac"]?.bytes {
      let text = mac.map { VMStateInspect.hexadecimal($0) }.joined(separator: ":")
      entries.append(Entry("mac", text, .string(text)))
    }
    entries += own(fields)
    entries.append(Entry("queues", parts: queues(fields)))
    return DecodedBlob(title: device, entries: entries)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { VMStateInspect.hexadecimal($0) }.joined()
  }

  /// The low half comes with the registers, all of it in a subsection if there is a high one.
  private static func features(_ fields: FieldValues) -> UInt64 {
    let whole = fields["common"]?.structures.first?.subsection("virtio/64bit_features")
    return whole?["guest_features"]?.number ?? fields["features"]?.number ?? 0
  }

  /// Numbers of the device's own part.
  private static func own(_ fields: FieldValues) -> [Entry] {
    ["num_pages", "actual", "cols", "rows", "max_ports"].compactMap { name in
      fields[name].map { .number(name, $0.number) }
    }
  }

  private static func queues(_ fields: FieldValues) -> [Entry] {
    let queues = fields.structures("queues")
    let common = fields["common"]?.structures.first
    let rings = common?.subsection("virtio/virtqueues")?["vq"]?.structures ?? []
    return queues.enumerated().map { index, queue in
      var parts: [Entry] = ["num", "desc", "last_avail", "vector"].compactMap { name in
        guard let value = queue[name]?.number else { return nil }
        return name == "desc" ? .hex(name, value, digits: 1) : .number(name, value)
      }
      if index < rings.count {
        for (name, field) in [("avail", "vring.avail"), ("used", "vring.used")] {
          parts.append(.hex(name, rings[index][field]?.number ?? 0, digits: 1))
        }
      }
      return Entry("\(index)", parts: parts)
    }
  }
}

extension LayoutLibrary {
  /// The fields inside of a virtio section's one field; nil if the bytes are not such.
  static func inside(of idstr: String, _ device: String, _ bytes: [UInt8]) -> FieldValues? {
    guard let root = sections(device).first,
      case .opaque(let key)? = root.fields.first?.body, let layout = layout(key, .new)
    else { return nil }
    var limits = Limits()
    limits.fieldBytes = 1 << 20
    limits.describedBytes = 16 << 20
    limits.elements = 1 << 12
    var search = LayoutSearch(
      LoadContext(limits: limits), idstr: idstr, version: layout.version, nil)
    var reader = StreamReader(MemoryChannel(bytes))
    let found = try? search.read([layout], from: &reader) {
      (reader: inout StreamReader) throws(VMStateError) in reader.position == bytes.count
    }
    guard let (table, state) = found, reader.position == bytes.count else { return nil }
    return FieldValues(table, state)
  }
}
