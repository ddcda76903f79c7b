import DeviceModels
import VMState

/// The subcommands `send` and `receive`: a machine goes through UNIX sockets to a QEMU, or comes
/// from one, its pages over multifd channels if there are any.
enum ChannelTransfer {
  static let options =
    BlankStream.options.union(["--to", "--from", "--channels", "--compression"])

  /// Connects to a QEMU that waits with `-incoming unix:PATH`.
  static func send(_ options: Options) throws -> ExitCode {
    let path = try options.required("--to")
    let seed = try options.number("--seed", default: 1)
    let machine = try BlankStream.machine(options, seed: seed)
    BlankStream.fill(machine, seed: seed)
    if options.has("--live") { try machine.start() }
    let main = try SocketChannel.connect(to: path)
    let channels = try (0..<channelCount(options)).map { _ in
      try SocketChannel.connect(to: path)
    }
    machine.ramHandlers.multifd = try setup(options, channels)
    var saver = machine.saver
    saver.options.maximumBandwidth = options.has("--live") ? 64 << 20 : 0
    let result = try saver.save(to: main)
    try main.close()
    if let out = options.text("-o") { try BlankStream.writeMemory(machine, to: out) }
    let pages = machine.ramHandlers.progress.current
    say(
      "seed \(seed): \(result.bytes) bytes, \(pages.normalPages) pages with content, "
        + "\(pages.zeroPages) of zeros")
    return .good
  }

  /// Waits for a QEMU's connections, and writes the memory that comes.
  static func receive(_ options: Options) throws -> ExitCode {
    let path = try options.required("--from")
    let form = try MemoryForm(named: options.text("--form") ?? "plain")
    if form == .mapped { return try receiveFile(path, options) }
    let machine = try BlankStream.machine(options, seed: 1)
    let listener = try SocketListener(at: path)
    defer { listener.close() }
    say("listening")
    let count = try channelCount(options)
    let accepted = try (0...count).map { _ in try listener.accept() }
    let (main, others) = try MultifdChannels.sorted(accepted)
    machine.ramHandlers.multifd = try setup(options, others)
    try machine.loader.load(from: main)
    return try finish(machine, options)
  }

  /// Loads a file with places for pages, over more descriptors of it if there are to be any.
  private static func receiveFile(_ path: String, _ options: Options) throws -> ExitCode {
    let pages = try PageChannels(options, .mapped)
    let machine = try BlankStream.machine(options, .mapped, seed: 1)
    let file = try FileChannel(reading: path)
    machine.ramHandlers.multifd = try pages.open(file)
    try machine.loader.load(from: file)
    return try finish(machine, options)
  }

  private static func finish(_ machine: ExampleMachine, _ options: Options) throws -> ExitCode {
    try BlankStream.writeMemory(machine, to: options.required("-o"))
    let pages = machine.ramHandlers.loadProgress.current
    say("\(pages.normalPages) pages with content, \(pages.zeroPages) of zeros")
    return .good
  }

  private static func channelCount(_ options: Options) throws -> Int {
    let count = try options.number("--channels", default: 0)
    guard count <= 255 else { throw UsageError(message: "--channels is 0 to 255") }
    return Int(count)
  }

  private static func setup(
    _ options: Options, _ channels: [SocketChannel]
  ) throws -> MultifdChannels? {
    guard !channels.isEmpty else { return nil }
    var how = MultifdOptions(try Splice.profile(options.text("--qemu")))
    let name = options.text("--compression") ?? "none"
    guard let method = MultifdCompression.allCases.first(where: { $0.name == name }) else {
      throw UsageError(message: "there is no multifd compression '\(name)'")
    }
    how.compression = method
    return MultifdChannels(channels, options: how)
  }
}
