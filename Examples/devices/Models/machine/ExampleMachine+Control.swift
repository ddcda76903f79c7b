import VMState

extension ExampleMachine: MachineControl {
  /// The state the machine is in now.
  public var runState: RunState { running.withLock { $0.runState } }

  /// Ends the guest's thread after its present turn, then stops the clocks.
  public func stop(_ state: RunState) {
    let threads = running.withLock { running in
      running.runState = state
      defer { running.threads = [] }
      return running.threads
    }
    guard !threads.isEmpty else { return }
    for thread in threads { thread.stop() }
    withDeviceLock { board.stopClocks() }
  }

  /// Starts the clocks and the threads.
  ///
  /// - Throws: `unsupported` when the system gives no thread.
  public func start(_ state: RunState = .running) throws(VMStateError) {
    guard running.withLock({ $0.threads.isEmpty }) else { return }
    for block in blocks.blocks { block.protection = .protected }
    withDeviceLock { board.startClocks() }
    var threads: [MachineThread] = []
    do throws(VMStateError) {
      threads.append(try MachineThread { [self] in turn() })
      for index in 0..<options.overwriters {
        let overwriter = Overwriter(self, index)
        threads.append(try MachineThread { overwriter.turn() })
      }
    } catch {
      for thread in threads { thread.stop() }
      withDeviceLock { board.stopClocks() }
      throw error
    }
    running.withLock { [threads] running in
      running.runState = state
      running.threads = threads
    }
  }

  /// The devices are touched by nobody else meanwhile.
  public func withDeviceLock(_ body: () -> Void) { deviceLock.withLock { _ in body() } }

  /// Stores the run state that is to travel; the machine is stopped already.
  public func synchronizeForSave() {
    // A machine that was stopped for this save ran before, and one that never started is to
    // begin elsewhere.
    let isFresh = [.finishMigrate, .saveVM, .preLaunch].contains(runState)
    let state = isFresh ? RunState.running : runState
    board.globalState.state.store(state)
    board.globalState7_2.state.store(state)
  }

  /// From here on the devices' lines are only noted.
  public func synchronizeBeforeLoad() { board.isLoading = true }
  /// The lines are live again.
  public func synchronizeAfterLoad() { board.isLoading = false }

  private func turn() {
    withDeviceLock { guest.step() }
    let first = min(1 << 20, options.memoryBytes / 2)
    let end = min(first + options.hotBytes, options.memoryBytes)
    guest.dirty(pages: options.pagesPerTurn, of: first..<end)
  }
}

extension ExampleMachine {
  /// A saver of this machine with its own options.
  public var saver: StateSaver {
    StateSaver(
      registry: registry, machine: self,
      options: SaveOptions(configuration: configuration, profile: options.profile))
  }

  /// A loader into this machine.
  public var loader: StateLoader {
    StateLoader(
      registry: registry, machine: self,
      options: LoadOptions(configuration: configuration, profile: options.profile))
  }

  /// The bodies of all device sections as a save would write them now, by name.
  ///
  /// - Throws: What a save would throw.
  public func deviceSections() throws(VMStateError) -> [(name: String, bytes: [UInt8])] {
    try registry.deviceSections(profile: options.profile, lock: self)
  }
}

extension SaveStateRegistry {
  /// The bodies of all described entries, in list order.
  public func deviceSections(
    profile: StreamProfile, lock: some MachineControl
  ) throws(VMStateError) -> [(name: String, bytes: [UInt8])] {
    var result = Result<[(name: String, bytes: [UInt8])], VMStateError>.success([])
    lock.withDeviceLock {
      result = Result { () throws(VMStateError) in try encodedSections(profile) }
    }
    return try result.get()
  }

  private func encodedSections(
    _ profile: StreamProfile
  ) throws(VMStateError) -> [(name: String, bytes: [UInt8])] {
    var sections: [(name: String, bytes: [UInt8])] = []
    for entry in entries {
      guard let described = entry.described, described.isNeeded else { continue }
      let channel = MemoryChannel()
      var writer = StreamWriter(channel)
      var json: DescriptionText?
      try described.prepareSave()
      try described.save(to: &writer, json: &json, SaveContext(profile: profile))
      try writer.flush()
      sections.append(("\(entry.idstr)/\(entry.instanceID)", channel.bytes))
    }
    return sections
  }
}
