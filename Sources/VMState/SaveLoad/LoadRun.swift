/// One load while it runs.
struct LoadRun: ~Copyable {
  let options: LoadOptions
  let machine: any MachineControl
  let context: LoadContext
  let transaction: LoadTransaction
  let channel: any ByteChannel
  var reader: StreamReader
  var warnings: LoadWarnings
  var received: ReceivedConfiguration?
  var description: [UInt8]?
  /// Sums of everything up to the EOF byte, and where that was.
  var summed: (digest: StreamDigest, length: UInt64)?
  /// The stream's own sums, found right.
  var integrity: StreamIntegrity?
  /// Highest place in the list of a device section so far, for the order of sections.
  var lastDevice = 0

  init(_ loader: StateLoader, _ channel: any ByteChannel, _ context: LoadContext) {
    options = loader.options
    machine = loader.machine
    self.context = context
    self.channel = channel
    transaction = LoadTransaction(loader.registry.entries, context)
    reader = StreamReader(channel, capacity: 256 << 10)
    context.stateBuffers = transaction.stateBufferRouter()
    warnings = LoadWarnings(isStrict: loader.options.isStrict)
    if context.memory == nil {
      context.memory =
        transaction.entries.lazy.compactMap { $0.handlers as? any StagedMemory }
        .first
    }
  }

  /// Stages the whole stream, then commits it or forgets it.
  mutating func perform() throws(VMStateError) -> LoadResult {
    defer { transaction.close() }
    do throws(VMStateError) {
      try loadFileHeader()
    } catch {
      machine.withDeviceLock { transaction.cleanUp() }
      throw error
    }
    let before = machine.runState
    do throws(VMStateError) {
      try machine.stopIfLive(.restoreVM)
      try stage()
      try context.cancellation.check()
    } catch {
      let failure = context.reason(of: error)
      leave { $0.abort() }
      context.closeDescriptors()
      throw machine.resume(before, after: failure)
    }
    let loaded = transaction.order.map { transaction.entries[$0].idstr }
    leave { $0.commit() }
    return LoadResult(
      configuration: received, warnings: warnings.kept, droppedWarnings: warnings.dropped,
      description: options.keepsDescription ? description : nil, integrity: integrity,
      bytes: reader.position, loadedEntries: loaded,
      progress: context.progress)
  }

  private func leave(_ end: (LoadTransaction) -> Void) {
    context.stateBuffers?.close()
    machine.withDeviceLock {
      end(transaction)
      transaction.cleanUp()
      machine.synchronizeAfterLoad()
    }
  }

  private mutating func stage() throws(VMStateError) {
    try machine.locked { () throws(VMStateError) in try transaction.setUp(machine, context) }
    try loadSections()
    try context.stateBufferWait?()
    endIntegrity()
    try loadTrailer()
    try checkIntegrity()
    var missing: [SaveStateEntry] = []
    machine.withDeviceLock { missing = missingEntries() }
    try remark(missing)
  }
}

extension LoadRun {
  /// Magic, version and configuration.
  ///
  /// QEMU: `qemu_loadvm_state_header`, migration/savevm.c.
  private mutating func loadFileHeader() throws(VMStateError) {
    try prepareIntegrity()
    do throws(VMStateError) {
      try checkMagic()
    } catch {
      throw error.named("file header")
    }
    if options.configuration.sendsConfiguration { try loadConfiguration() }
  }

  private mutating func checkMagic() throws(VMStateError) {
    let magic = try reader.get(UInt32.self)
    guard magic == WireFormat.magic else {
      throw VMStateError(
        .badMagic, "Not a migration stream", offset: 0, expected: Self.hex(WireFormat.magic),
        found: Self.hex(magic))
    }
    let version = try reader.get(UInt32.self)
    guard version != WireFormat.obsoleteVersion else {
      throw VMStateError(
        .unsupportedStreamVersion, "stream version 2 is obsolete and no longer supported",
        offset: 4, expected: "3", found: "2")
    }
    guard version == WireFormat.version else {
      throw VMStateError(
        .unsupportedStreamVersion, "Unsupported migration stream version", offset: 4,
        expected: "3", found: "\(version)")
    }
  }

  private mutating func loadConfiguration() throws(VMStateError) {
    let offset = reader.position
    do throws(VMStateError) {
      let kind = try reader.get(UInt8.self)
      guard kind == SectionKind.configuration.rawValue else {
        throw VMStateError(
          .configurationMissing, "Configuration section missing", offset: offset,
          expected: "type byte 7", found: "\(kind)")
      }
    } catch {
      throw error.named(MachineConfiguration.Name.configuration)
    }
    let received = try ReceivedConfiguration(from: &reader, options.limits)
    var remarks: [String] = []
    try options.configuration.accept(received, options.profile, offset: offset) {
      remarks.append($0)
    }
    for remark in remarks {
      try warnings.add(
        .configuration, remark, path: MachineConfiguration.Name.configuration, offset: offset)
    }
    self.received = received
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

extension LoadContext {
  /// After a failure: no device took them, and nobody else knows them.
  fileprivate func closeDescriptors() {
    for number in receivedDescriptors { SystemCall.close(number) }
    receivedDescriptors = []
  }
}

extension LoadTransaction {
  /// Prepares every entry and the machine. Not a method of the noncopyable run: the optimizer
  /// of Swift 6.3 fails on its closures there.
  fileprivate func setUp(
    _ machine: any MachineControl, _ context: LoadContext
  ) throws(VMStateError) {
    for index in entries.indices { try setUp(index) }
    if context.capabilities.contains("switchover-ack") {
      context.switchoverAcksNeeded =
        entries.filter { $0.handlers?.needsSwitchoverAck ?? false }.count
    }
    try machine.call("synchronizeBeforeLoad") { try machine.synchronizeBeforeLoad() }
  }
}

extension LoadContext {
  /// The main channel is shut down when the state of a section fails on another one: that
  /// failure is the reason.
  fileprivate func reason(of error: VMStateError) -> VMStateError {
    guard error.code == .channelFailed || error.code == .endOfStream else { return error }
    return stateBufferFailure?() ?? error
  }
}

extension LoadTransaction {
  fileprivate func stateBufferRouter() -> StateBufferRouter {
    StateBufferRouter(entries.flatMap(\.stateBufferPlaces))
  }
}

extension SaveStateEntry {
  /// The names under which pieces of the state come over channels.
  fileprivate var stateBufferPlaces: [StateBufferRouter.Place] {
    guard let receiver = handlers?.stateBufferReceiver else { return [] }
    let alias = UInt32(bitPattern: aliasID)
    return (alias == instanceID ? [instanceID] : [instanceID, alias]).map {
      StateBufferRouter.Place(name: Array(idstr.utf8), instance: $0, receiver: receiver)
    }
  }
}
