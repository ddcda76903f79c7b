extension MachineConfiguration {
  /// Refuses what the wire form cannot hold, before anything is written.
  func check() throws(VMStateError) {
    guard pageBits < 64 else {
      throw VMStateError(
        .configurationMismatch, "the page size does not fit", path: [Name.configuration],
        expected: "fewer than 64 bits", found: "\(pageBits)")
    }
  }

  /// Writes the type byte and the section's body.
  ///
  /// QEMU: `qemu_savevm_state_header`, migration/savevm.c.
  func save(to writer: inout StreamWriter, _ profile: StreamProfile) {
    writer.put(SectionKind.configuration.rawValue)
    let name = Array(machineType.utf8)
    writer.put(UInt32(name.count))
    writer.put(bytes: name)
    if pageBits > minimumPageBits {
      writer.putSubsection(Name.pageBits)
      writer.put(pageBits)
    }
    save(validatedCapabilities(profile), to: &writer)
    if let uuid, validatesUUID {
      writer.putSubsection(Name.uuid)
      writer.put(uuid.high)
      writer.put(uuid.low)
    }
  }

  private func save(_ capabilities: [String], to writer: inout StreamWriter) {
    guard !capabilities.isEmpty else { return }
    writer.putSubsection(Name.capabilities)
    writer.put(UInt32(capabilities.count))
    for capability in capabilities { writer.put(counted: capability) }
  }

  /// Writes the `"configuration"` member of the JSON description.
  func describe(to json: inout DescriptionText, _ profile: StreamProfile) {
    json.beginObject(Name.configuration)
    json.beginDescription(Name.configuration)
    json.putField("len", type: "uint32", size: 4)
    json.putField("name", type: "buffer", size: machineType.utf8.count)
    json.endArray()
    describeSubsections(to: &json, validatedCapabilities(profile))
    json.endObject()
  }

  private func describeSubsections(to json: inout DescriptionText, _ capabilities: [String]) {
    let sendsUUID = uuid != nil && validatesUUID
    guard pageBits > minimumPageBits || !capabilities.isEmpty || sendsUUID else { return }
    json.beginArray("subsections")
    if pageBits > minimumPageBits {
      json.putSubsection(Name.pageBits) {
        $0.putField("target_page_bits", type: "uint32", size: 4)
      }
    }
    if let first = capabilities.first {
      json.putSubsection(Name.capabilities) {
        $0.putField("caps_count", type: "uint32", size: 4)
        $0.putField(
          "capabilities", count: capabilities.count, type: "capability",
          size: first.utf8.count + 1)
      }
    }
    if sendsUUID {
      json.putSubsection(Name.uuid) {
        $0.putField("uuid.data", count: 16, type: "uint8", size: 1)
      }
    }
    json.endArray()
  }
}

extension StreamWriter {
  /// Puts the header of a subsection of version 1. Wire: `05`, counted name, be32 version.
  fileprivate mutating func putSubsection(_ name: String) {
    put(SectionKind.subsection.rawValue)
    put(counted: name)
    put(UInt32(1))
  }
}

extension DescriptionText {
  /// Puts the first members of a description of version 1 and opens its fields.
  fileprivate mutating func beginDescription(_ name: String) {
    put("vmsd_name", name)
    put("version", 1)
    beginArray("fields")
  }

  fileprivate mutating func putSubsection(
    _ name: String, fields: (inout DescriptionText) -> Void
  ) {
    beginObject()
    beginDescription(name)
    fields(&self)
    endArray()
    endObject()
  }

  /// Puts one field; an array of several elements shows its length.
  fileprivate mutating func putField(
    _ name: String, count: Int = 1, type: String, size: Int
  ) {
    beginObject()
    put("name", name)
    if count > 1 { put("array_len", count) }
    put("type", type)
    put("size", size)
    endObject()
  }
}
