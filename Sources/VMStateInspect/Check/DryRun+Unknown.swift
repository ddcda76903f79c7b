/// A section that the destination does not have.
extension DryRun {
  mutating func refuseUnknown(_ header: DryHeader) {
    let instances = target.entries.filter { $0.idstr == header.name }.map { "\($0.instance)" }
    let leaf = Self.leaf(header.name)
    let same = target.entries.map(\.idstr).filter { Self.leaf($0) == leaf && $0 != header.name }
    refuse(
      .unknownSection, [header.name], message(header, hasOthers: !instances.isEmpty),
      at: header.offset,
      expected: !instances.isEmpty
        ? "instance " + instances.joined(separator: ", ")
        : same.isEmpty ? nil : same.joined(separator: ", "),
      found: "\(header.name) instance \(header.instance)", advice: advice(header, same: same),
      words: ["Unknown savevm section or instance '\(header.name)' \(header.instance)"])
  }

  private func message(_ header: DryHeader, hasOthers: Bool) -> String {
    guard hasOthers else { return "the destination has no such section" }
    return Self.isOfCPU(header.name)
      ? "the destination has no CPU \(header.instance)"
      : "the destination has no instance \(header.instance) of this section"
  }

  private func advice(_ header: DryHeader, same: [String]) -> String {
    if Self.isOfCPU(header.name), header.instance > 0 {
      let devices = source.description?.devices ?? []
      let count = max(devices.count { $0.idstr == "cpu_common" }, Int(header.instance) + 1)
      return "start the destination with -smp \(count)"
    }
    if header.name == "kvmclock" { return "start the destination with -accel kvm" }
    if header.name == "block" {
      return "copy the disks beside the stream, with blockdev-mirror or by shared storage"
    }
    if !same.isEmpty {
      return "put the destination's device at the source's place: the same bus, slot and port"
    }
    let place = Self.place(header.name)
    if report.blockers.contains(where: { $0.kind == .machine }) {
      return "settle the machine type first; if that does not bring it, give the destination the "
        + "device" + (place.map { " at \($0)" } ?? "")
    }
    guard let place else {
      return "give the destination the device that has this section; see the source's command line"
    }
    return "give the destination this device at \(place), or take it out of the source before "
      + "saving"
  }

  private static func leaf(_ name: String) -> String {
    name.split(separator: "/").last.map(String.init) ?? name
  }

  /// Where a device sits, in words: `0000:00:04.0/2/usb-kbd` is at port 2 of a controller in
  /// PCI slot 4.
  private static func place(_ name: String) -> String? {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count > 1, parts[0].dropFirst(4).first == ":" else { return nil }
    let inner = parts.dropFirst().dropLast().joined(separator: "/")
    let slot = slot(parts[0]) ?? "the place \(parts[0])"
    return inner.isEmpty ? slot : "place \(inner) of the controller in \(slot)"
  }

  /// `0000:00:04.1` as `PCI slot 4 (addr=4.1)`; nil for what is not on the first bus.
  private static func slot(_ path: String) -> String? {
    guard path.count == 12, path.hasPrefix("0000:00:"), let dot = path.lastIndex(of: "."),
      let slot = Int(path[path.index(dot, offsetBy: -2)..<dot], radix: 16)
    else { return nil }
    let function = path[path.index(after: dot)...]
    let address = String(slot, radix: 16) + (function == "0" ? "" : ".\(function)")
    return "PCI slot \(slot) (addr=\(address))"
  }
}
