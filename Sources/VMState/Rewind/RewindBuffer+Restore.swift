extension RewindBuffer {
  /// Makes the machine what it was at a frame, from wherever it is now: memory and devices, all
  /// or nothing. Every frame stays; those behind are dropped by the next `capture`.
  ///
  /// - Parameter number: One of `frames`, the present one too.
  /// - Throws: `noSuchFrame`; `configurationMismatch` when RAM blocks or entries were added,
  ///   removed or resized since the last frame; `busy`, `machineControl`, and the errors of
  ///   hooks and of the tracking. Nothing has changed then, and no mark is lost.
  public func restore(_ number: Int) throws(VMStateError) {
    guard frames.contains(number), let position, let devices = state.pointee.devices else {
      throw missing(number)
    }
    let version = try registry.begin(.load)
    defer { registry.end() }
    guard version == state.pointee.listVersion, try memory.pointee.isCurrent() else {
      throw VMStateError(
        .configurationMismatch,
        "the machine has other RAM blocks or devices than at the last frame",
        expected: "the same blocks, lengths and registered entries")
    }
    try still(.restoreVM) { _ throws(VMStateError) in
      try stage(number, from: position, devices)
      machine.withDeviceLock { commit(devices) }
      state.pointee.position = number
    }
  }

  /// Goes to an earlier frame, counted from `position`.
  ///
  /// - Throws: As `restore`; `noSuchFrame` when it is not kept.
  public func stepBack(_ count: Int = 1) throws(VMStateError) { try step(-count) }

  /// Goes to a later frame, counted from `position`.
  ///
  /// - Throws: As `restore`; `noSuchFrame` when there is none.
  public func stepForward(_ count: Int = 1) throws(VMStateError) { try step(count) }

  private func step(_ count: Int) throws(VMStateError) {
    let (target, overflow) = (position ?? state.pointee.bounds.end).addingReportingOverflow(count)
    guard !overflow else { throw missing(count) }
    try restore(target)
  }

  private func missing(_ number: Int) -> VMStateError {
    VMStateError(
      .noSuchFrame, "the rewind buffer does not keep this frame",
      expected: state.pointee.bounds.count == 0
        ? "a frame, and there is none"
        : "\(state.pointee.bounds.start) to \(state.pointee.bounds.end - 1)",
      found: "\(number)")
  }

  /// Everything that may fail: the live machine is not touched.
  private func stage(
    _ number: Int, from position: Int, _ devices: RewindDevices
  ) throws(VMStateError) {
    let (here, there) = (state.pointee.bounds[position], state.pointee.bounds[number])
    do throws(VMStateError) {
      try locked { () throws(VMStateError) in
        try machine.call("synchronizeBeforeLoad") { try machine.synchronizeBeforeLoad() }
        try memory.pointee.sync()
      }
      try devices.move(from: here.pieces, to: there.pieces, count: there.image)
    } catch {
      machine.withDeviceLock { machine.synchronizeAfterLoad() }
      throw error
    }
    memory.pointee.move(from: here.pages, to: there.pages)
    do throws(VMStateError) {
      try locked { () throws(VMStateError) in try devices.begin() }
      try devices.load()
    } catch {
      machine.withDeviceLock {
        devices.abort()
        machine.synchronizeAfterLoad()
      }
      memory.pointee.move(from: there.pages, to: here.pages)
      memory.pointee.forgetMoved()
      try devices.move(from: there.pieces, to: here.pieces, count: here.image)
      throw error
    }
  }

  /// Memory before devices, since hooks of devices may look at it; what those write counts as
  /// written after the frame.
  private func commit(_ devices: RewindDevices) {
    memory.pointee.commit()
    devices.commit()
    machine.synchronizeAfterLoad()
  }
}
