import DeviceModels
import VMState

/// The example devices of one machine, registered for the sections that they mirror.
final class ExampleDevices {
  private let profile: StreamProfile
  private let time = BoardDriver.Time()
  private let board: PCBoard
  private var bodies: [any DescribedBody] = []
  private var before: [[UInt8]] = []

  /// - Parameter memory: The guest memory that the devices reach.
  init(_ profile: StreamProfile, memory: RAMBlock?) {
    self.profile = profile
    board = PCBoard(host: { [time] in time.now })
    board.memory = memory.map(BoardMemory.init)
  }

  /// Registers a device for a section.
  ///
  /// - Returns: False if none mirrors it.
  func register(
    _ section: RecordedStream.Section, _ registry: SaveStateRegistry
  ) throws -> Bool {
    let name = SectionName(idstr: section.idstr, instance: section.instance)
    let how = BoardRegistration(registry, profile: profile)
    guard let body = try board.register(name, how)?.described else { return false }
    board.adopt(section.table, of: name)
    bodies.append(body)
    return true
  }

  /// Called around a load, as by a machine's owner.
  func setLoading(_ isLoading: Bool) { board.isLoading = isLoading }

  /// Lets the devices work with whatever a load brought.
  func exercise(seed: UInt64) {
    var driver = BoardDriver(board, time, seed: seed)
    driver.run(turns: 24)
  }

  private func encoded() throws -> [[UInt8]] {
    try bodies.map { body in
      let channel = MemoryChannel()
      var writer = StreamWriter(channel)
      var json: DescriptionText?
      try body.save(to: &writer, json: &json, SaveContext(profile: profile))
      try writer.flush()
      return channel.bytes
    }
  }

  /// How many sections a device holds.
  var count: Int { bodies.count }

  /// Notes how everything is now.
  func note() throws { before = try encoded() }

  /// What has changed since, or nil.
  func difference() -> String? {
    guard let now = try? encoded() else { return "the example devices cannot be saved" }
    if bodies.contains(where: { $0.stagedState != nil }) {
      return "an example device has still something staged"
    }
    for (index, body) in bodies.enumerated() where now[index] != before[index] {
      return "\(body.name) has changed"
    }
    return nil
  }
}
