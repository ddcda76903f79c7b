extension RewindBuffer {
  /// Keeps the machine as it is now as the frame after `position`; frames that followed there
  /// are dropped.
  ///
  /// When RAM blocks or entries were added, removed or resized since the last frame, all
  /// frames are dropped and this one is a whole copy.
  ///
  /// - Throws: `busy`, `unmigratable`, `unsupported` for a live section, `machineControl`, and
  ///   the errors of hooks and of the tracking: nothing has changed then, no frame is lost, and
  ///   no mark. `limitExceeded` when one frame alone does not fit the limit: there are no
  ///   frames then.
  @discardableResult
  public func capture() throws(VMStateError) -> RewindFrame {
    memory.pointee.prefetch()
    let version = try registry.begin(.save)
    defer { registry.end() }
    var frame = RewindFrame(number: 0, pages: 0, isWhole: false)
    try still(.saveVM) { before throws(VMStateError) in
      try locked { () throws(VMStateError) in frame = try capture(before, version) }
    }
    return frame
  }

  private func capture(
    _ before: RunState, _ version: UInt64
  ) throws(VMStateError) -> RewindFrame {
    try machine.call("synchronizeForSave") { try machine.synchronizeForSave() }
    let devices = try prepare(version)
    if position != nil { try memory.pointee.sync() }
    try devices.save(before)
    do throws(VMStateError) {
      return try keep(devices)
    } catch {
      removeAll()
      throw error
    }
  }

  /// The devices of the frames so far; new ones, and no frames, when they are of another machine.
  private func prepare(_ version: UInt64) throws(VMStateError) -> RewindDevices {
    if let devices = state.pointee.devices, version == state.pointee.listVersion, position != nil,
      try memory.pointee.isCurrent()
    {
      return devices
    }
    removeAll()
    do throws(VMStateError) {
      let fresh = try RewindDevices(
        registry.entries, stagedMemory, memory.pointee.list, options.profile, limit: limit)
      try memory.pointee.begin()
      state.pointee.devices = fresh
      state.pointee.listVersion = version
      return fresh
    } catch {
      removeAll()
      throw error
    }
  }

  /// From here on nothing fails but for want of room.
  private func keep(_ devices: RewindDevices) throws(VMStateError) -> RewindFrame {
    dropFollowing(devices)
    let mode = makeRoom(devices)
    let isWhole = mode == .replacement
    if isWhole {
      state.pointee.bounds.removeAll(next: position.map { $0 + 1 } ?? state.pointee.bounds.end)
    }
    guard devices.keep(mode, limit: limit),
      let pages = memory.pointee.keep(mode, limit: limit - devices.byteCount)
    else { throw tooSmall() }
    let number = state.pointee.bounds.end
    state.pointee.bounds.append(
      Bounds(pages: memory.pointee.end, pieces: devices.end, image: devices.count))
    state.pointee.position = number
    // Tables may have grown.
    while byteCount > limit {
      guard state.pointee.bounds.count > 1 else { throw tooSmall() }
      dropOldest(devices)
    }
    return RewindFrame(number: number, pages: pages, isWhole: isWhole)
  }

  private func tooSmall() -> VMStateError {
    VMStateError(
      .limitExceeded, "one frame does not fit the byte limit of the rewind buffer",
      expected: "a limit above \(limit) bytes")
  }

  /// Drops the frames behind the present one.
  private func dropFollowing(_ devices: RewindDevices) {
    guard let position, position + 1 < state.pointee.bounds.end else { return }
    let last = state.pointee.bounds[position]
    memory.pointee.removeLast(from: last.pages)
    devices.removeLast(from: last.pieces)
    state.pointee.bounds.removeLast(from: position + 1)
  }

  /// The next frame becomes the first.
  private func dropOldest(_ devices: RewindDevices) {
    let next = state.pointee.bounds[state.pointee.bounds.start + 1]
    memory.pointee.removeFirst(to: next.pages)
    devices.removeFirst(to: next.pieces)
    state.pointee.bounds.removeFirst(to: state.pointee.bounds.start + 1)
  }

  /// Drops oldest frames until the new one fits.
  ///
  /// - Returns: `replacement` when the new frame can be the only one.
  private func makeRoom(_ devices: RewindDevices) -> PieceHistory.Mode {
    guard position != nil else { return .replacement }
    let needed =
      memory.pointee.writtenCount * memory.pointee.pageCost + devices.changedCost
      + MemoryLayout<Bounds>.stride
    while byteCount + needed > limit {
      guard state.pointee.bounds.count > 1 else { return .replacement }
      dropOldest(devices)
    }
    return options.comparesPages ? .differences : .changes
  }
}
