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
    let version = try registry.begin(.save)
    defer { registry.end() }
    var frame: RewindFrame?
    try still(.saveVM) { before throws(VMStateError) in
      try machine.locked { () throws(VMStateError) in
        frame = try capture(before, version)
      }
    }
    guard let frame else {
      throw VMStateError(.machineControl, "the machine's device lock was not given")
    }
    return frame
  }

  private func capture(
    _ before: RunState, _ version: UInt64
  ) throws(VMStateError) -> RewindFrame {
    try machine.call("synchronizeForSave") { try machine.synchronizeForSave() }
    let devices = try prepare(version)
    if position != nil { try memory.sync() }
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
    if let devices, version == listVersion, position != nil, try memory.isCurrent() {
      return devices
    }
    removeAll()
    do throws(VMStateError) {
      let fresh = try RewindDevices(
        registry.entries, memory, options.profile, limit: limit)
      try memory.begin()
      devices = fresh
      listVersion = version
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
    if isWhole { bounds.removeAll(next: position.map { $0 + 1 } ?? bounds.end) }
    guard devices.keep(mode, limit: limit),
      let pages = memory.keep(mode, limit: limit - devices.byteCount)
    else { throw tooSmall() }
    let number = bounds.end
    bounds.append(Bounds(pages: memory.end, pieces: devices.end, image: devices.count))
    position = number
    // Tables may have grown.
    while byteCount > limit {
      guard bounds.count > 1 else { throw tooSmall() }
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
    guard let position, position + 1 < bounds.end else { return }
    let last = bounds[position]
    memory.removeLast(from: last.pages)
    devices.removeLast(from: last.pieces)
    bounds.removeLast(from: position + 1)
  }

  /// The next frame becomes the first.
  private func dropOldest(_ devices: RewindDevices) {
    let next = bounds[bounds.start + 1]
    memory.removeFirst(to: next.pages)
    devices.removeFirst(to: next.pieces)
    bounds.removeFirst(to: bounds.start + 1)
  }

  /// Drops oldest frames until the new one fits.
  ///
  /// - Returns: `replacement` when the new frame can be the only one.
  private func makeRoom(_ devices: RewindDevices) -> PieceHistory.Mode {
    guard position != nil else { return .replacement }
    let needed =
      memory.writtenCount * memory.pageCost
      + devices.changedCount * RewindDevices.pieceCost + MemoryLayout<Bounds>.stride
    while byteCount + needed > limit {
      guard bounds.count > 1 else { return .replacement }
      dropOldest(devices)
    }
    return options.comparesPages ? .differences : .changes
  }
}
