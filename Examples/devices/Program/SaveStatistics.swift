import VMState

/// The options `--statistics FILE` and `--channels N` of `splice`: a save at full speed, what it
/// counted, and its pages over multifd channels that end in files beside it.
struct SaveStatistics {
  private let path: String?
  private let memory: RAMHandlers?
  private let channels: [AtomicFileChannel]
  private let profile: StreamProfile

  init(
    _ options: Options, _ memory: RAMHandlers?, _ profile: StreamProfile, _ form: MemoryForm
  ) throws {
    path = options.text("--statistics")
    self.memory = memory
    self.profile = profile
    let out = try options.required("-o")
    // Those of a mapped-ram file are of that file: `PageChannels`.
    let count = form == .mapped ? 0 : try options.number("--channels", default: 0)
    guard count <= 255 else { throw UsageError(message: "--channels is 0 to 255") }
    channels = try (0..<count).map { try AtomicFileChannel(savingTo: "\(out).\($0)") }
  }

  func prepare(_ saver: inout StateSaver) throws {
    if path != nil { saver.options.maximumBandwidth = 0 }
    guard !channels.isEmpty else { return }
    memory?.multifd = MultifdChannels(channels, options: MultifdOptions(profile))
  }

  /// Writes what the save counted.
  func finish() throws {
    for channel in channels { try channel.close() }
    guard let path, let statistics = memory?.progress.statistics else { return }
    say("\(statistics)")
    let channel = try AtomicFileChannel(savingTo: path)
    var writer = StreamWriter(channel)
    writer.put(bytes: Array((statistics.json.prettyText() + "\n").utf8))
    try writer.flush()
    try channel.close()
  }
}
