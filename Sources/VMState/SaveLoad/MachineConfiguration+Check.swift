extension MachineConfiguration {
  /// Compares a stream's configuration with this machine's: UUID, machine type, page bits,
  /// then capabilities; the first failure counts.
  ///
  /// The machine type is compared as QEMU does it: the received name may be a proper prefix of
  /// ours, or empty. QEMU: `configuration_post_load`, migration/savevm.c.
  ///
  /// - Parameters:
  ///   - received: What the stream brought.
  ///   - offset: Where the section's body ended, for messages.
  ///   - warn: Gets what is accepted though it is odd.
  /// - Throws: `machineMismatch`, `configurationMismatch`.
  func accept(
    _ received: ReceivedConfiguration, _ profile: StreamProfile, offset: UInt64,
    warn: (String) -> Void
  ) throws(VMStateError) {
    do throws(VMStateError) {
      try accept(received.uuid, warn)
      try acceptName(received, warn)
      try accept(pageBits: received.pageBits ?? minimumPageBits)
      try accept(received.capabilities, profile)
    } catch {
      throw error.within(Name.configuration).at(offset)
    }
  }

  private func accept(_ received: MachineUUID?, _ warn: (String) -> Void) throws(VMStateError) {
    guard let received else { return }
    guard let uuid else {
      warn("the stream carries the UUID \(received), this machine has none")
      return
    }
    guard received == uuid else {
      throw VMStateError(
        .configurationMismatch, "the stream was made by a machine with another UUID",
        expected: "\(uuid)", found: "\(received)")
    }
  }

  private func acceptName(
    _ received: ReceivedConfiguration, _ warn: (String) -> Void
  ) throws(VMStateError) {
    guard Self.agree(received.machineType, Array(machineType.utf8)) else {
      throw VMStateError(
        .machineMismatch,
        "Machine type received is '\(received.machineTypeText)' and local is '\(machineType)'",
        expected: machineType, found: received.machineTypeText)
    }
    if !received.machineType.elementsEqual(machineType.utf8) {
      warn(
        "the stream names the machine type '\(received.machineTypeText)', "
          + "this machine is '\(machineType)'")
    }
  }

  /// Compares as C's `strncmp` over the received length.
  static func agree(_ received: [UInt8], _ local: [UInt8]) -> Bool {
    for (index, byte) in received.enumerated() {
      let ours = index < local.count ? local[index] : 0
      if byte != ours { return false }
      if byte == 0 { return true }
    }
    return true
  }

  private func accept(pageBits received: UInt32) throws(VMStateError) {
    guard received == pageBits else {
      throw VMStateError(
        .configurationMismatch, "Received a stream for another target page size",
        expected: "\(pageBits) bits", found: "\(received) bits")
    }
  }

  private func accept(
    _ received: Set<String>, _ profile: StreamProfile
  ) throws(VMStateError) {
    let different = profile.validatedCapabilities.filter {
      received.contains($0) != capabilities.contains($0)
    }
    guard !different.isEmpty else { return }
    func list(_ isOn: (String) -> Bool) -> String {
      different.map { "\($0) \(isOn($0) ? "on" : "off")" }.joined(separator: ", ")
    }
    throw VMStateError(
      .configurationMismatch, "capabilities differ between the stream and this machine",
      expected: list(capabilities.contains), found: list(received.contains))
  }
}
